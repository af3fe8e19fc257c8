import { burstAfter } from '../core/rate-schedule.ts'
import type { Clock } from '../ports.ts'
import { loneShare } from './lone-share.ts'
import type { Slots } from './reserve.ts'

/** How long the store's answer that there is room counts, in ms: a little longer than five calls at the usual pace take. */
const TRUSTED_MS = 1_100

/**
 * Calls that are made at once and reserved afterwards, several in one write. They live on slots that nobody took: the longer
 * the shared schedule had stood idle when we reserved last, the more calls may be made so within the next second. No two
 * processes are answered with the same idle time, so however many there are, such calls are few.
 */
export interface CallBurst {
  /** True when a call may be made at once; it then counts as made. */
  take(kind: 'edge' | 'middle'): boolean
  /** True when a call might be made at once. */
  hasRoom(): boolean
  /** Learns from what the store answered just now. */
  learn(slots: Slots): void
}

export const callBurst = ({
  clock,
  callsPerSecond,
  reserve,
}: {
  readonly clock: Clock
  readonly callsPerSecond: number
  /** Reserves slots for calls that were made; never rejects. */
  readonly reserve: (count: number) => Promise<void>
}): CallBurst => {
  let allowed = 0
  let untilMs = 0
  let unreserved = 0
  let timer = new AbortController()
  const lone = loneShare({ clock, callsPerSecond, renew: () => reserve(1) })

  const reserveAll = async () => {
    timer.abort('over')
    const count = unreserved
    unreserved = 0
    allowed = 0
    await reserve(count)
  }
  const reserveInTime = async () => {
    timer = new AbortController()
    const { signal } = timer
    await clock.sleep(untilMs - clock.now(), signal)
    if (!signal.aborted) await reserveAll()
  }

  return {
    hasRoom: () => lone.isHeld() || (allowed > 0 && clock.now() < untilMs),
    take(kind) {
      if (lone.take(kind)) return true
      if (allowed === 0 || clock.now() >= untilMs) return false
      allowed -= 1
      unreserved += 1
      if (allowed === 0) void reserveAll()
      else if (unreserved === 1) void reserveInTime()
      return true
    },
    learn(slots) {
      lone.learn(slots)
      const { idleMs } = slots
      if (unreserved > 0) return
      allowed = burstAfter(idleMs, callsPerSecond)
      untilMs = clock.now() + TRUSTED_MS
    },
  }
}
