import { advanceFence, fenceAround, isInFenceLine, LONGEST_CLOSE, NO_FENCE } from '../text/fence.ts'

/** A message as it may be read: how much of it is the text's own, and what the next one was opened with. */
interface Reading {
  readonly own: string
  readonly reopen: string
}

/**
 * The text that the messages of a reply carry together, the oldest first: without the fences that were closed at the end of one
 * and reopened at the beginning of the next. `undefined` where that cannot be `chars` UTF-16 units long, so that something else
 * must stand there or be missing. A line break before a closed fence may be the text's own or not; of several such, as many are
 * taken for the text's own as the length tells.
 */
export const joinShown = (texts: readonly string[], chars: number): string | undefined => {
  const parts: (readonly string[])[] = []
  let reopened = ''
  for (const [nth, text] of texts.entries()) {
    const readings = readingsOf(text, reopened, texts[nth + 1])
    parts.push(readings.map(({ own }) => own))
    reopened = readings[0]?.reopen ?? ''
  }
  let tooMany = parts.reduce((sum, [longest = '']) => sum + longest.length, 0) - chars
  const chosen = [...parts].reverse().map(([longest = '', shorter]) => {
    const over = longest.length - (shorter ?? longest).length
    if (shorter === undefined || tooMany < over) return longest
    tooMany -= over
    return shorter
  })
  return tooMany === 0 ? chosen.reverse().join('') : undefined
}

/** The ways to read a message that another one follows, the longest own text first; one way where none does. */
const readingsOf = (
  text: string,
  reopened: string,
  next: string | undefined,
): readonly Reading[] => {
  const start = text.startsWith(reopened) ? reopened.length : 0
  if (next === undefined) return [{ own: text.slice(start), reopen: '' }]
  const earliest = Math.max(text.length - LONGEST_CLOSE, start)
  const before = advanceFence(NO_FENCE, text.slice(0, earliest))
  const closed: Reading[] = []
  for (let end = text.length; end >= earliest; end -= 1) {
    const state = advanceFence(before, text.slice(earliest, end))
    const { close, reopen } = fenceAround(state)
    const isAdded = close !== '' && text.slice(end) === close && !isInFenceLine(state)
    if (isAdded && next.startsWith(reopen)) closed.push({ own: text.slice(start, end), reopen })
  }
  if (closed.length > 0) return closed
  // A message that the service called full has no room for what closes its fence.
  const { reopen } = fenceAround(advanceFence(before, text.slice(earliest)))
  return [{ own: text.slice(start), reopen: next.startsWith(reopen) ? reopen : '' }]
}
