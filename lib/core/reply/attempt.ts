import type { Progress } from './reply.ts'

/** A sweep's try to bring a reply to its end. */
export interface Attempt {
  /** How often the sweeper has taken the reply over since its text last moved on, this time included. */
  readonly count: number
  /** UTF-16 units that were recorded as sent when it did. */
  readonly fromChars: number
}

/** So many attempts may fail; the sweep that comes then ends the reply without going on with it. */
export const MAX_ATTEMPTS = 10

const MINUTE_MS = 60_000
const LONGEST_PAUSE_MINUTES = 60

/**
 * Of a pause so much is over when the lease is that was taken, or renewed last, at its beginning, in ms: 15 s unless `LEASE_MS`
 * says otherwise. The rest is for the schedule: the sweep that comes a whole number of minutes later shall find the reply.
 */
const OVER_WITH_LEASE_MS = 20_000

/**
 * How long the sweeper leaves a reply alone after the lease of an attempt is over, in ms. From the take-over, or the last sign of
 * life, to the next attempt that makes 1, 2, 4 … 60 minutes.
 */
export const attemptPauseMs = (count: number): number =>
  count < 1 ? 0 : Math.min(2 ** (count - 1), LONGEST_PAUSE_MINUTES) * MINUTE_MS - OVER_WITH_LEASE_MS

/** The attempt that begins now. */
export const nextAttempt = (last: Attempt | undefined, sentChars: number): Attempt => ({
  count: last === undefined || sentChars > last.fromChars ? 1 : last.count + 1,
  fromChars: sentChars,
})

/**
 * True when a reply moved on after the sweeper took it over. Then the attempt has not failed, however it ended: somebody was
 * shown more text than before, and a reply has only so much of it. What failed before is forgotten.
 */
export const hasMovedOn = (attempt: Attempt | undefined, { sentChars }: Progress): boolean =>
  attempt !== undefined && sentChars > attempt.fromChars
