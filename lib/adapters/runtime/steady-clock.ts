import type { Clock } from '../../ports.ts'
import { systemClock } from './system-clock.ts'

/** A clock that never goes back, and tells when it may have gone too far ahead. */
export interface SteadyClock extends Clock {
  /**
   * By how much, in sum, it has leapt ahead since it was made, in ms. Either the machine's clock was set, or the machine slept
   * and nobody counted the time: nobody can tell which.
   */
  leaptMs(): number
}

/** What the machine's two clocks may differ by for no reason, in ms. */
const NOISE_MS = 50

/**
 * Makes one clock of a machine's two. The wall clock may be set while a reply is written; the other one counts on, but may
 * stand still while the machine sleeps. Whoever holds a lease must not miss time that has passed: of the two, the one that
 * says that more has passed is believed.
 */
export const steadyClock = ({
  wallMs,
  countMs,
  sleep,
}: {
  readonly wallMs: () => number
  /** Counts from any beginning. */
  readonly countMs: () => number
  readonly sleep: Clock['sleep']
}): SteadyClock => {
  const startMs = wallMs() - countMs()
  let leaptMs = 0
  /** Reads both clocks; a leap is noticed by whoever reads first. */
  const read = (): number => {
    const countedMs = startMs + countMs()
    const aheadMs = wallMs() - countedMs
    if (aheadMs > leaptMs + NOISE_MS) leaptMs = aheadMs
    return countedMs + leaptMs
  }
  return {
    now: read,
    sleep,
    leaptMs: () => {
      read()
      return leaptMs
    },
  }
}

/** The clock that leases, slots and pauses are reckoned by in this process. */
export const processClock: SteadyClock = steadyClock({
  wallMs: systemClock.now,
  countMs: () => performance.now(),
  sleep: systemClock.sleep,
})
