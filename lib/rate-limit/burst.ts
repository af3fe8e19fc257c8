import { burstAfter } from '../core/rate-schedule.ts'
import type { Clock } from '../ports.ts'

/** How long an answer of the book tells that there is room, in ms: a little more than five calls of the usual pace take. */
const TRUSTED_MS = 1_100

/**
 * Calls that are made at once and booked afterwards, several in one write. They live on slots that nobody took: the longer
 * the shared schedule had stood idle when we booked last, the more calls may go burst within the next second. No two
 * processes are answered with the same idle time, so however many there are, such calls are few.
 */
export interface CallBurst {
  /** True when a call may be made at once; it then counts as made. */
  take(): boolean
  /** Learns from what the book answered just now. */
  learn(answer: { readonly idleMs: number }): void
}

export const callBurst = ({
  clock,
  callsPerSecond,
  book,
}: {
  readonly clock: Clock
  readonly callsPerSecond: number
  /** Books calls that were made; never rejects. */
  readonly book: (count: number) => Promise<void>
}): CallBurst => {
  let allowed = 0
  let untilMs = 0
  let unbooked = 0
  let timer = new AbortController()

  const bookAll = async () => {
    timer.abort('over')
    const count = unbooked
    unbooked = 0
    allowed = 0
    await book(count)
  }
  const bookInTime = async () => {
    timer = new AbortController()
    const { signal } = timer
    await clock.sleep(untilMs - clock.now(), signal)
    if (!signal.aborted) await bookAll()
  }

  return {
    take() {
      if (allowed === 0 || clock.now() >= untilMs) return false
      allowed -= 1
      unbooked += 1
      if (allowed === 0) void bookAll()
      else if (unbooked === 1) void bookInTime()
      return true
    },
    learn({ idleMs }) {
      if (unbooked > 0) return
      allowed = burstAfter(idleMs, callsPerSecond)
      untilMs = clock.now() + TRUSTED_MS
    },
  }
}
