import { intervalsFor } from '../core/rate-schedule.ts'
import type { Clock, Log, RateLimit, SlotStore } from '../ports.ts'
import { createWake } from '../reply/wake.ts'
import { callBurst } from './burst.ts'
import { slotRequests } from './requests.ts'
import { slotReserver } from './reserve.ts'
import { waiterQueue } from './waiters.ts'

export interface RateLimitOptions {
  /** Shared by all processes. */
  readonly store: SlotStore
  readonly clock: Clock
  /** What the service allows the whole application, in any second. */
  readonly callsPerSecond: number
  readonly log: Log
}

/** A slot is given up when it is this late, in ms: calls held up together must not start together. */
const LATE_MS = 25

/**
 * The calls of this process within those of all. Its callers share what it has reserved: each slot, when its time comes, goes
 * to whoever is first in line then.
 */
export const rateLimit = ({ store, clock, callsPerSecond, log }: RateLimitOptions): RateLimit => {
  const intervals = intervalsFor(callsPerSecond)
  const reserver = slotReserver({ store, clock, log, intervals, lateMs: LATE_MS })
  const wake = createWake(clock)
  const line = waiterQueue(wake.ring)
  let slotsAtMs: number[] = []
  let serving = false

  const burst = callBurst({
    clock,
    callsPerSecond,
    book: async (count) => {
      const slots = await reserver.reserve('calls', count)
      if (slots === undefined) return
      requests.learn(slots)
      burst.learn(slots)
    },
  })
  const requests = slotRequests({
    reserver,
    clock,
    edgesApart: intervals.edges !== undefined,
    onSlots: (slots, schedule) => {
      slotsAtMs = [...slotsAtMs, ...slots.atMs].sort((a, b) => a - b)
      if (schedule === 'calls') burst.learn(slots)
      wake.ring()
    },
  })

  /** Orders what is missing until each caller has a slot. */
  const orderFor = (kind: 'edge' | 'middle') => {
    const usableFromMs = clock.now() - LATE_MS
    slotsAtMs = slotsAtMs.filter((atMs) => atMs >= usableFromMs)
    const missing = line.length - slotsAtMs.length - requests.pending()
    if (missing > 0) requests.order(kind, missing)
  }
  const serve = async () => {
    serving = true
    while (line.length > 0) {
      orderFor('middle')
      const [nextAtMs] = slotsAtMs
      const waitMs = nextAtMs === undefined ? undefined : nextAtMs - clock.now()
      if (waitMs === undefined || waitMs > 0) {
        await wake.wait(waitMs)
      } else {
        slotsAtMs.shift()
        line.serve()
      }
    }
    serving = false
  }

  return {
    async slot(kind, signal) {
      if (signal.aborted) return false
      if (line.length === 0 && burst.take()) return true
      const turn = line.join(kind, signal)
      orderFor(kind)
      if (serving) wake.ring()
      else void serve()
      return turn
    },
  }
}
