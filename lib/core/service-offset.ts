/** How far another clock is ahead of ours, in ms, and by how much that may be wrong either way. */
export interface ClockOffset {
  readonly aheadMs: number
  readonly errorMs: number
}

/** An answer that brought a time of the other clock along. */
export interface SeenTime {
  /** Unix seconds of the other clock, cut off. */
  readonly seconds: number
  /** By our clock: the other one showed those seconds between these two, in ms. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** Between which two values the offset lies, and when that was seen by our clock. */
export interface OffsetRange {
  readonly leastMs: number
  readonly mostMs: number
  readonly seenAtMs: number
}

/** No sandbox is trusted to be nearer than this to a clock that it has never seen, in ms. */
export const UNSEEN_CLOCK_ERROR_MS = 65_000

/** How fast two clocks may drift apart, in ms for each ms. */
const DRIFT = 0.000_5

/**
 * Narrows the range by one more answer, which places the offset within the time of its call and one second. Where the two
 * contradict each other, one of the clocks was set since, and the newer one counts.
 */
export const seeTime = (known: OffsetRange | undefined, seen: SeenTime): OffsetRange => {
  const now: OffsetRange = {
    leastMs: seen.seconds * 1_000 - seen.notAfterMs,
    mostMs: seen.seconds * 1_000 + 999 - seen.notBeforeMs,
    seenAtMs: seen.notAfterMs,
  }
  if (known === undefined) return now
  const drifted = drift(known, seen.notAfterMs)
  const leastMs = Math.max(drifted.leastMs, now.leastMs)
  const mostMs = Math.min(drifted.mostMs, now.mostMs)
  return leastMs <= mostMs ? { leastMs, mostMs, seenAtMs: now.seenAtMs } : now
}

const drift = (range: OffsetRange, nowMs: number): OffsetRange => {
  const apartMs = Math.abs(nowMs - range.seenAtMs) * DRIFT
  return { ...range, leastMs: range.leastMs - apartMs, mostMs: range.mostMs + apartMs }
}

/** The middle of what is known at `nowMs` of our clock; of a clock that was never seen, that it is somewhere near. */
export const offsetAt = (known: OffsetRange | undefined, nowMs: number): ClockOffset => {
  if (known === undefined) return { aheadMs: 0, errorMs: UNSEEN_CLOCK_ERROR_MS }
  const { leastMs, mostMs } = drift(known, nowMs)
  return { aheadMs: (leastMs + mostMs) / 2, errorMs: (mostMs - leastMs) / 2 }
}
