import type { AttachmentKind } from './attachment.ts'

/** What users read instead of an answer of the source. */
export interface TurnNotices {
  /** Nothing of the message can be read; `{takes}` stands for what can. */
  readonly unreadable: string
  /** The conversation begins anew. */
  readonly reset: string
  /** The user writes more than is answered. */
  readonly busy: string
  /** A person answers from now on. */
  readonly paused: string
  /** The answer to a client's hello; empty: none. */
  readonly greeting: string
}

export const DEFAULT_TURN_NOTICES: TurnNotices = {
  unreadable: 'I cannot read this. I can read {takes}.',
  reset: 'Let us begin anew.',
  busy: 'You have sent many messages. Please wait a moment and ask again.',
  paused: 'A colleague will answer you here.',
  greeting: '',
}

const names: Readonly<Record<AttachmentKind, string>> = {
  image: 'pictures',
  voice: 'voice messages',
  video: 'videos',
  file: 'files',
  location: 'locations',
  sticker: 'stickers',
}

/** The notice that says what can be read, of a source that takes these beside text. */
export const unreadableNotice = (notice: string, takes: readonly AttachmentKind[]): string => {
  const words = ['text', ...takes.map((kind) => names[kind])]
  const last = words.at(-1) ?? ''
  const list = words.length === 1 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
  return notice.replaceAll('{takes}', () => list)
}
