import { LONE_IDLE_MS, LONE_MS, loneCalls } from '../core/rate-schedule.ts'
import type { Clock } from '../ports.ts'
import type { Slots } from './reserve.ts'

/** How long before its end a share that is in use is asked for again, in ms: no call then waits for that. */
const RENEW_MS = 1_000
/** A schedule that somebody else wrote to within so long after us was not idle long enough to give them a share, in ms. */
const UNTOUCHED_MS = 100

/**
 * A share of the calls for a process that is alone: while it lasts, calls are made without asking, and none is reserved. It is
 * had where nobody has written to the schedule for longer than a share lasts; so no two processes ever have one.
 */
export interface LoneShare {
  /** True when a call may be made at once; it then counts as made. An edge may come on top of the others of a second, one at a time. */
  take(kind: 'edge' | 'middle'): boolean
  isHeld(): boolean
  /** Learns from slots of the schedule of calls that this process reserved just now. */
  learn(slots: Slots): void
}

export const loneShare = ({
  clock,
  callsPerSecond,
  renew,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly callsPerSecond: number
  /** Writes to the schedule and lets `learn` know; never rejects. */
  readonly renew: () => Promise<void>
}): LoneShare => {
  const most = loneCalls(callsPerSecond)
  let madeAtMs: readonly number[] = []
  let hadAtMs = Number.NEGATIVE_INFINITY
  let untilMs = Number.NEGATIVE_INFINITY
  let renewing = false

  const renewInTime = async () => {
    renewing = true
    await renew()
    renewing = false
  }

  return {
    isHeld: () => clock.now() < untilMs,
    take(kind) {
      const nowMs = clock.now()
      if (nowMs >= untilMs) return false
      madeAtMs = madeAtMs.filter((atMs) => atMs > nowMs - 1_000)
      if (madeAtMs.length >= most + (kind === 'edge' ? 1 : 0)) return false
      madeAtMs = [...madeAtMs, nowMs]
      if (untilMs - nowMs < RENEW_MS && !renewing) void renewInTime()
      return true
    },
    learn({ atMs: [atMs = 0], idleMs }) {
      // Nobody has written since we had a share, so nobody else has one.
      const isUntouched = idleMs > 0 && idleMs >= atMs - hadAtMs - UNTOUCHED_MS
      if (most === 0 || (idleMs < LONE_IDLE_MS && !isUntouched)) return
      hadAtMs = atMs
      untilMs = atMs + LONE_MS
    },
  }
}
