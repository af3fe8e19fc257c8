import { askedText } from '../../core/conversation/asked-text.ts'
import { saidIn, type Turn } from '../../core/conversation/turn.ts'

/** The words of a turn; empty where it has none. */
export const wordsOf = (turn: Turn): string => (turn.text === '' ? '' : saidIn(turn))

/** The addresses of a turn's pictures: whoever fetches them is sent to https alone. */
export const pictureUrls = ({ attachments = [] }: Turn): readonly string[] =>
  attachments.flatMap((one) =>
    one.kind === 'image' && one.url.startsWith('https://') ? [one.url] : [],
  )

/** What a user asks, as chat completions spell it: the text alone, or parts with the pictures that came over https. */
export const questionOf = (turn: Turn): string | readonly object[] => {
  const text = wordsOf(turn)
  const pictures = pictureUrls(turn).map((url) => ({ type: 'image_url', image_url: { url } }))
  if (pictures.length === 0) return text === '' ? saidIn({ ...turn, text: askedText(turn) }) : text
  return [...(text === '' ? [] : [{ type: 'text', text }]), ...pictures]
}
