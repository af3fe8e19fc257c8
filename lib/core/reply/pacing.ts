/** How often one reply may call. */
export interface Pace {
  /** The gap that is asked for, in ms. */
  readonly minGapMs: number
  /** The gap in force: wider after the service said "slow down". */
  readonly gapMs: number
}

const WIDEST_GAP_MS = 8_000
const LEAST_WIDENED_GAP_MS = 250

export const pace = (minGapMs: number): Pace => ({ minGapMs, gapMs: minGapMs })

/**
 * When the next call may start, in ms since the epoch: at once for the first one, else a gap after the *start* of the last
 * one. The call that ends a reply does not wait.
 */
export const nextStartMs = (
  { gapMs }: Pace,
  lastStartMs: number | undefined,
  endsReply: boolean,
): number => (lastStartMs === undefined || endsReply ? 0 : lastStartMs + gapMs)

/** After "slow down": twice the gap. */
export const widened = ({ minGapMs, gapMs }: Pace): Pace => ({
  minGapMs,
  gapMs: Math.max(minGapMs, Math.min(Math.max(gapMs * 2, LEAST_WIDENED_GAP_MS), WIDEST_GAP_MS)),
})

/** After a call that was taken: a fifth of the way back. */
export const recovered = ({ minGapMs, gapMs }: Pace): Pace => {
  const next = minGapMs + (gapMs - minGapMs) * 0.8
  return { minGapMs, gapMs: next - minGapMs < 10 ? minGapMs : next }
}

/** How long to wait before try number `tries` (1 for the first repetition), in ms; `random` in [0, 1) spreads the callers. */
export const backoffMs = (tries: number, random: number): number =>
  Math.min(200 * 2 ** (tries - 1), 5_000) * (0.5 + random / 2)
