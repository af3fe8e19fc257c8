/*
 * What an answer that brings a time along tells of a clock that cannot be read. At some moment between sending and receiving
 * the other clock showed a time from `fromMs` to `toMs`; so "other − own" lies between the two extremes:
 *
 *      own clock     sent ├───────────────────────┤ received
 *      other clock            from ├──────┤ to
 *
 *      least = from − received                most = to − sent
 */

/** One answer, its two moments by the own clock and the time it brought along by the other one, in ms. */
export interface TimedAnswer {
  readonly sentAtMs: number
  readonly receivedAtMs: number
  /** The other clock showed no less than this at some moment in between … */
  readonly fromMs: number
  /** … and no more than this. */
  readonly toMs: number
}

/** Bounds of "other clock − own clock", in ms. */
export interface OffsetBounds {
  readonly leastMs: number
  readonly mostMs: number
}

/** What is known of an offset, as of `atMs` on the own clock. */
export interface OffsetEstimate extends OffsetBounds {
  readonly atMs: number
}

/** By how much two clocks may drift apart in a millisecond; ten times what a usual quartz does. */
const DRIFT = 1e-4

/** The window of an answer that says the time in whole seconds. `errorMs` is by how much its clock may be out itself. */
export const inSecond = (
  second: number,
  { sentAtMs, receivedAtMs }: Pick<TimedAnswer, 'sentAtMs' | 'receivedAtMs'>,
  errorMs = 0,
): TimedAnswer => ({
  sentAtMs,
  receivedAtMs,
  fromMs: second * 1_000 - errorMs,
  toMs: second * 1_000 + 1_000 + errorMs,
})

const boundsOf = (answer: TimedAnswer): OffsetBounds => ({
  leastMs: answer.fromMs - answer.receivedAtMs,
  mostMs: answer.toMs - answer.sentAtMs,
})

/** The bounds at `nowMs`: the older an estimate is, the wider they are. */
export const boundsAt = (
  { leastMs, mostMs, atMs }: OffsetEstimate,
  nowMs: number,
): OffsetBounds => {
  const driftMs = Math.abs(nowMs - atMs) * DRIFT
  return { leastMs: leastMs - driftMs, mostMs: mostMs + driftMs }
}

/**
 * What is known after one more answer: the part that both leave possible. Where none is left one of the clocks was set, and
 * the answer alone counts.
 */
export const learnOffset = (
  known: OffsetEstimate | undefined,
  answer: TimedAnswer,
): OffsetEstimate => {
  const atMs = answer.receivedAtMs
  const said = boundsOf(answer)
  if (known === undefined) return { ...said, atMs }
  const before = boundsAt(known, atMs)
  const leastMs = Math.max(before.leastMs, said.leastMs)
  const mostMs = Math.min(before.mostMs, said.mostMs)
  return leastMs <= mostMs ? { leastMs, mostMs, atMs } : { ...said, atMs }
}

/** What is left of an estimate where the own clock may have leapt ahead by up to `leapMs`, or may not. */
export const doubtedBy = (known: OffsetEstimate, leapMs: number): OffsetEstimate => ({
  ...known,
  leastMs: known.leastMs - leapMs,
})

/** How much is unknown of an offset, in ms. */
export const widthOf = ({ leastMs, mostMs }: OffsetBounds): number => mostMs - leastMs

/**
 * The offset to go by where neither bound is the safe one: none as long as the two clocks may agree, else the one with which
 * the other clock is never thought to be ahead of where it is.
 */
export const offsetToGoBy = ({ leastMs, mostMs }: OffsetBounds): number =>
  leastMs <= 0 && mostMs >= 0 ? 0 : leastMs

/**
 * How long to wait until an answer to a question sent then halves what is unknown: the other clock's second ends in the
 * middle of where it may be. `tripMs` is how long a question takes to the other clock.
 */
export const halvingInMs = (
  { leastMs, mostMs }: OffsetBounds,
  nowMs: number,
  tripMs: number,
): number => {
  const likelyMs = nowMs + tripMs + (leastMs + mostMs) / 2
  return (1_000 - (likelyMs % 1_000)) % 1_000
}

/** How far another clock is ahead of ours, in ms, and by how much that may be wrong either way. */
export interface ClockOffset {
  readonly aheadMs: number
  readonly errorMs: number
  /** By how much our own clock has leapt ahead so far, in sum: a moment noted before a leap may be so much later by it. */
  readonly leaptMs: number
}

/** No process is trusted to be nearer than this to a clock that it has never seen, in ms. */
export const UNSEEN_CLOCK_ERROR_MS = 65_000

/** The middle of what is known at `nowMs` of our clock; of a clock that was never seen, that it is somewhere near. */
export const offsetAt = (
  known: OffsetEstimate | undefined,
  nowMs: number,
  leaptMs = 0,
): ClockOffset => {
  if (known === undefined) return { aheadMs: 0, errorMs: UNSEEN_CLOCK_ERROR_MS, leaptMs }
  const { leastMs, mostMs } = boundsAt(known, nowMs)
  return { aheadMs: (leastMs + mostMs) / 2, errorMs: (mostMs - leastMs) / 2, leaptMs }
}
