import type { ClockOffset } from '../clock-offset.ts'
import { EMPTY_HASH, hashText } from '../text/text-hash.ts'
import type { MsgKey, Opening, Progress } from './reply.ts'

/** The service gives up a call after 3 s, so what it has not applied by then it never will; some time for the way there. */
export const SETTLED_AFTER_MS = 3_200

/** So many are remembered of one reply; each costs seconds, so that more of them mean that nothing can be helped. */
const MAX_OPENINGS = 8

/** A span of the service's time, in ms; without an end it goes on until now. */
export interface Span {
  readonly fromMs: number
  readonly untilMs?: number
}

/** A moment by our own clock, and by how much that had leapt ahead until then. */
export interface Moment {
  readonly atMs: number
  readonly leaptMs: number
}

/**
 * When a call can have been applied, by the service's clock: from its start to `SETTLED_AFTER_MS` after its answer was lost. A
 * clock of ours that has leapt ahead since was set, or stood still: its moments may lie so much later than they were noted.
 */
export const spanOfCall = (
  { aheadMs, errorMs, leaptMs }: ClockOffset,
  start: Moment,
  lost?: Moment,
): Span => ({
  fromMs: start.atMs + aheadMs - errorMs,
  ...(lost === undefined
    ? {}
    : { untilMs: lost.atMs + (leaptMs - lost.leaptMs) + SETTLED_AFTER_MS + aheadMs + errorMs }),
})

/** What is remembered of a call that opens a message. */
export const openingOf = (
  { text, finish }: { readonly text: string; readonly finish: boolean },
  atChars: number,
  span: Span,
): Opening => ({
  atChars,
  chars: text.length,
  hash: hashText(EMPTY_HASH, text),
  finish,
  ...span,
})

interface Shown {
  readonly msgKey: MsgKey
  readonly timeSeconds: number
  readonly text?: string
}

/** Unix seconds of the service at which a message was opened: the third part of its MsgKey. */
export const openedAtSeconds = (msgKey: MsgKey): number | undefined => {
  const seconds = Number(msgKey.slice(msgKey.lastIndexOf('_') + 1))
  return Number.isSafeInteger(seconds) ? seconds : undefined
}

/** True for a message that was opened within a span. */
export const isOpenedWithin = ({ fromMs, untilMs }: Span, shown: Shown): boolean => {
  const seconds = openedAtSeconds(shown.msgKey) ?? shown.timeSeconds
  return (
    seconds >= Math.floor(fromMs / 1_000) &&
    (untilMs === undefined || seconds <= Math.floor(untilMs / 1_000))
  )
}

/** True for a message that begins with the chunk of an opening, whenever it was opened. */
export const beginsWithChunk = ({ chars, hash }: Opening, { text }: Shown): boolean =>
  text !== undefined && text.length >= chars && hashText(EMPTY_HASH, text.slice(0, chars)) === hash

/** True for a message that an opening may have made: opened in its time, with its chunk at the start. */
export const fitsOpening = (opening: Opening, shown: Shown): boolean =>
  isOpenedWithin(opening, shown) && beginsWithChunk(opening, shown)

/** The openings of the message that the reply would go on in. */
export const openingsHere = ({ openings = [], sentChars }: Progress): readonly Opening[] =>
  openings.filter(({ atChars }) => atChars === sentChars)

const withOpenings = (progress: Progress, openings: readonly Opening[]): Progress => {
  const { openings: _, ...rest } = progress
  return openings.length === 0 ? rest : { ...rest, openings: openings.slice(-MAX_OPENINGS) }
}

const isUnderWay = ({ untilMs }: Opening): boolean => untilMs === undefined

/** After a call that opens a message has started. */
export const openingStarted = (progress: Progress, opening: Opening): Progress =>
  withOpenings(progress, [...(openingKnown(progress).openings ?? []), opening])

/** After it is known what became of the call under way: it opened nothing, or a message with a name. */
export const openingKnown = (progress: Progress): Progress =>
  withOpenings(
    progress,
    (progress.openings ?? []).filter((opening) => !isUnderWay(opening)),
  )

/** After nobody could tell what became of the calls under way: what they may have opened was opened within `span`. */
export const openingLost = (progress: Progress, span: Partial<Span>): Progress =>
  withOpenings(
    progress,
    (progress.openings ?? []).map((opening) =>
      isUnderWay(opening) ? { ...opening, ...span } : opening,
    ),
  )

/** After it was found what an opening had made. */
export const openingFound = (progress: Progress, found: Opening): Progress =>
  withOpenings(
    progress,
    (progress.openings ?? []).filter((opening) => opening !== found),
  )

/** The openings that may have left an open message behind. */
export const twinOpenings = ({ openings = [] }: Progress): readonly Opening[] =>
  openings.filter((opening) => !opening.finish && !isUnderWay(opening))
