import type { Turn } from './turn.ts'

/** Stands in a text for a picture that is in it. */
export const PICTURE = '[picture]'

/** A turn as it is remembered: its text, and a word for each picture. */
export const askedText = ({
  text,
  attachments = [],
}: Pick<Turn, 'text' | 'attachments'>): string => {
  const pictures = attachments.filter(({ kind }) => kind === 'image').map(() => PICTURE)
  return [...(text === '' ? [] : [text]), ...pictures].join('\n')
}
