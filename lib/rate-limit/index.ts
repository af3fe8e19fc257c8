import { intervalsFor } from '../core/rate-schedule.ts'
import { createWake } from '../core/wake.ts'
import type { Clock, Log, RateLimit, SlotStore } from '../ports.ts'
import { callBurst } from './burst.ts'
import { fallback as fallbackPace } from './fallback.ts'
import { slotRequests } from './requests.ts'
import { slotReserver } from './reserve.ts'
import { waiterQueue } from './waiters.ts'

export interface RateLimitOptions {
  /** Shared by all processes. */
  readonly store: SlotStore
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** What the service allows the whole application, in any second. */
  readonly callsPerSecond: number
  readonly log: Log
}

/** A slot this late is given up, in ms: calls that were delayed together must not start together. */
const LATE_MS = 25

/**
 * The calls of this process within those of all. Its callers share what it has reserved: each slot, when its time comes, goes
 * to whoever is first in line then.
 */
export const rateLimit = (options: RateLimitOptions): RateLimit => {
  const { clock, random, callsPerSecond } = options
  const intervals = intervalsFor(callsPerSecond)
  const fallback = fallbackPace({ clock, random, callsPerSecond })
  const reserver = slotReserver({
    ...options,
    intervals,
    fallback,
    hadRoom: () => requests.hadRoom(),
    lateMs: LATE_MS,
  })
  const wake = createWake(clock)
  const line = waiterQueue(wake.ring)
  let slotsAtMs: number[] = []
  let serving = false

  const burst = callBurst({
    clock,
    callsPerSecond,
    reserve: async (count) => {
      const slots = await reserver.reserve('calls', count)
      if (slots === undefined) return
      requests.learn(slots)
      burst.learn(slots)
    },
  })
  const requests = slotRequests({
    reserver,
    clock,
    random,
    edgesApart: intervals.edges !== undefined,
    onSlots: (slots, schedule) => {
      slotsAtMs = [...slotsAtMs, ...slots.atMs].sort((a, b) => a - b)
      if (schedule === 'calls') burst.learn(slots)
      wake.ring()
    },
  })

  /** What it reserves is given up; what it learns lets the call be made without asking. */
  const prepare = async () => {
    const slots = await reserver.reserveIdle()
    if (slots === undefined) return
    requests.learn(slots)
    burst.learn(slots)
  }
  /** Asks for what is missing until each caller has a slot. */
  const askFor = (kind: 'edge' | 'middle') => {
    const usableFromMs = clock.now() - LATE_MS
    slotsAtMs = slotsAtMs.filter((atMs) => atMs >= usableFromMs)
    const missing = line.length - slotsAtMs.length - requests.pending()
    if (missing > 0) requests.ask(kind, missing)
  }
  const serve = async () => {
    serving = true
    while (line.length > 0) {
      askFor('middle')
      const [nextAtMs] = slotsAtMs
      const waitMs = nextAtMs === undefined ? undefined : nextAtMs - clock.now()
      if (waitMs === undefined || waitMs > 0) {
        await wake.wait(waitMs)
      } else {
        slotsAtMs.shift()
        fallback.called()
        line.serve()
      }
    }
    serving = false
  }

  return {
    async slot(kind, signal) {
      if (signal.aborted) return false
      if (line.length === 0 && burst.take(kind)) {
        fallback.called()
        return true
      }
      const turn = line.join(kind, signal)
      askFor(kind)
      if (serving) wake.ring()
      else void serve()
      return turn
    },
    prepare() {
      if (line.length === 0 && !burst.hasRoom()) void prepare()
    },
    slowedDown: fallback.slowedDown,
  }
}
