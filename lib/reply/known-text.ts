import type { ReplyRecord } from '../core/reply/record.ts'
import { alignPieces, lastSentPiece } from '../core/text/align-pieces.ts'
import { wellFormed } from '../core/text/well-formed.ts'
import type { Wake } from '../core/wake.ts'
import type { Clock } from '../ports.ts'
import type { ReplyText, UnsentText } from './reply-text.ts'
import { streamedText } from './streamed-text.ts'
import { textBuffer } from './text-buffer.ts'

/** A text that is known from the start, and the pace at which it appears. */
export interface KnownText {
  readonly pieces: readonly string[]
  /** True when each piece is one call. */
  readonly piecewise: boolean
  /** How fast it appears; at once without it. */
  readonly charsPerSecond?: number
  /** What was sent before, in UTF-16 units of the joined text. */
  readonly fromChars: number
}

/** How often text that appears at a rate grows, in ms; the writer merges what is finer than its gap. */
const TICK_MS = 50

/** A whole text and the reply that it is of. */
interface WholeText {
  readonly pieces: readonly string[]
  /** The reply as it is written now. */
  readonly record: ReplyRecord
  /** The reply as a successor reads it from the store. */
  readonly stored: ReplyRecord
}

/** The rest of a whole text: there from the start, or growing at its rate. */
export const knownText = (
  { pieces, record, stored }: WholeText,
  clock: Clock,
  wake: Wake,
): ReplyText => {
  const { piecewise, charsPerSecond, progress } = record
  const reading = new AbortController()
  const text = {
    pieces,
    piecewise,
    fromChars: progress.sentChars,
    ...(charsPerSecond === undefined ? {} : { charsPerSecond }),
  }
  const deltas = knownDeltas(text, clock, reading.signal)
  const given =
    Symbol.asyncIterator in deltas
      ? streamedText(deltas, wake, !piecewise)
      : textAtOnce(deltas, !piecewise)
  const seqAt = lastSentPiece(pieces)
  return {
    ...given,
    checkpoint: (at) => ({ progress: { ...at, sentSeq: seqAt(at.sentChars) } }),
    knownAfter: (at) => unsentOf({ ...stored, progress: at }, pieces),
    survivesItsWriter: true,
    close() {
      given.close()
      reading.abort('over')
    },
  }
}

/** What the record and its pieces tell of the unsent text. */
export const unsentOf = (
  { progress, piecewise, charsPerSecond }: ReplyRecord,
  pieces: readonly string[],
): UnsentText => {
  const text = wellFormed(pieces.join('')).slice(progress.sentChars)
  const nextPiece = piecewise ? dropChars(alignPieces(pieces), progress.sentChars)[0] : undefined
  const nextCall = nextPiece ?? (charsPerSecond === undefined ? text : undefined)
  if (nextCall !== undefined) return { text, toTheEnd: true, nextCall }
  const isUnbegun = progress.sentChars === 0 && charsPerSecond !== undefined
  const first = isUnbegun ? { firstInHand: firstTyped(text, charsPerSecond) } : {}
  return { text, toTheEnd: true, ...first }
}
const textAtOnce = (
  pieces: readonly string[],
  merge: boolean,
): Omit<ReplyText, 'checkpoint' | 'knownAfter'> => {
  const buffer = textBuffer(merge)
  for (const piece of pieces) buffer.append(piece)
  buffer.finish()
  return {
    pending: buffer.pending,
    ended: buffer.ended,
    take: buffer.take,
    endWith: buffer.endWith,
    failure: () => undefined,
    refresh: () => {},
    pushes: () => 0,
    whenIdle: 'wait',
    holdsBack: merge,
    smooths: false,
    survivesItsWriter: true,
    close: () => {},
  }
}

/** The rest of a whole text: all of it, piece by piece, or as deltas at its rate, which end early when `signal` aborts. */
export const knownDeltas = (
  { pieces, piecewise, charsPerSecond, fromChars }: KnownText,
  clock: Clock,
  signal: AbortSignal,
): AsyncIterable<string> | readonly string[] => {
  const rest = piecewise
    ? dropChars(alignPieces(pieces), fromChars)
    : [wellFormed(pieces.join('')).slice(fromChars)]
  if (charsPerSecond === undefined) return rest
  return piecewise
    ? atRate(rest, charsPerSecond, clock, signal)
    : typed(rest.join(''), charsPerSecond, clock, signal)
}

/** Each piece once the time for the pieces before it has passed. */
async function* atRate(
  pieces: readonly string[],
  charsPerSecond: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const startMs = clock.now()
  let chars = 0
  for (const piece of pieces) {
    const dueMs = startMs + (chars / charsPerSecond) * 1_000
    if (dueMs > clock.now()) await clock.sleep(dueMs - clock.now(), signal)
    if (signal.aborted) return
    yield piece
    chars += piece.length
  }
}

/** The unit in which a text is typed. */
const firstTyped = (text: string, charsPerSecond: number): string =>
  text.slice(0, Math.ceil((TICK_MS / 1_000) * charsPerSecond))

/** As many characters as the time that has passed allows, at every tick. */
async function* typed(
  text: string,
  charsPerSecond: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const startMs = clock.now()
  const first = firstTyped(text, charsPerSecond)
  yield first
  let chars = first.length
  if (chars < text.length) await clock.sleep(tickMs(charsPerSecond), signal)
  while (chars < text.length && !signal.aborted) {
    const due = Math.ceil(((clock.now() - startMs + TICK_MS) / 1_000) * charsPerSecond)
    yield text.slice(chars, due)
    chars = Math.max(due, chars)
    if (chars < text.length) await clock.sleep(tickMs(charsPerSecond), signal)
  }
}

const tickMs = (charsPerSecond: number): number => Math.max(TICK_MS, 1_000 / charsPerSecond)

/** Pieces without their first `chars` UTF-16 units; none of them empty. */
const dropChars = (pieces: readonly string[], chars: number): readonly string[] => {
  let left = chars
  return pieces.flatMap((piece) => {
    const rest = piece.slice(left)
    left = Math.max(left - piece.length, 0)
    return rest === '' ? [] : [rest]
  })
}
