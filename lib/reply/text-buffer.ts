import { isHighSurrogate } from '../core/text/encoded-size.ts'
import { wellFormed } from '../core/text/well-formed.ts'

/** Well-formed text that grows at one end and is taken from the other. */
export const textBuffer = (merge: boolean) => {
  const pieces: string[] = []
  /** The pieces before this one are taken. */
  let first = 0
  let queuedChars = 0
  let firstHalf = ''
  let done = false

  const add = (text: string) => {
    if (text === '') return
    queuedChars += text.length
    if (merge && first < pieces.length) pieces[first] += text
    else pieces.push(text)
  }
  const dropFirst = () => {
    first = Math.min(first + 1, pieces.length)
    // Only now and then, so that each piece is moved a few times at most.
    if (first * 2 >= pieces.length) first -= pieces.splice(0, first).length
  }
  return {
    chars: () => queuedChars,
    /** The half of a character that waits for its other half. */
    firstHalf: () => firstHalf,
    append(delta: string) {
      const text = firstHalf + delta
      // Half a character may end a delta: the other half begins the next one.
      const cut = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length
      firstHalf = text.slice(cut)
      add(wellFormed(text.slice(0, cut)))
    },
    finish() {
      add(wellFormed(firstHalf))
      firstHalf = ''
      done = true
    },
    // A piece waits until it is known whether it is the last one: that one carries `Finish`.
    pending: () => (merge || done || pieces.length - first > 1 ? (pieces[first] ?? '') : ''),
    ended: () => done && pieces.length - first <= 1,
    take(chars: number) {
      const rest = (pieces[first] ?? '').slice(chars)
      if (rest === '') dropFirst()
      else pieces[first] = rest
      queuedChars -= chars
    },
    endWith(rest: (unsent: string) => string) {
      const kept = rest(pieces.slice(first).join(''))
      pieces.splice(0, pieces.length, ...(kept === '' ? [] : [kept]))
      first = 0
      queuedChars = kept.length
      firstHalf = ''
      done = true
    },
  }
}
