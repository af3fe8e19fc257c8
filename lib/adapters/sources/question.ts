import { askedText } from '../../core/conversation/asked-text.ts'
import { saidIn, type Turn } from '../../core/conversation/turn.ts'

/** What a user asks, as chat completions spell it: the text alone, or parts with the pictures that came over https. */
export const questionOf = (turn: Turn): string | readonly object[] => {
  const { attachments = [] } = turn
  const text = turn.text === '' ? '' : saidIn(turn)
  const pictures = attachments.flatMap((one) =>
    one.kind === 'image' && one.url.startsWith('https://')
      ? [{ type: 'image_url', image_url: { url: one.url } }]
      : [],
  )
  if (pictures.length === 0) return text === '' ? saidIn({ ...turn, text: askedText(turn) }) : text
  return [...(text === '' ? [] : [{ type: 'text', text }]), ...pictures]
}
