import { intervalsFor } from '../core/rate-schedule.ts'
import type { CallBudget, Clock, Log } from '../ports.ts'
import { createBell } from '../reply/wake.ts'
import { unaskedCalls } from './burst.ts'
import { slotOrders } from './requests.ts'
import { slotClerk } from './reserve.ts'
import type { SlotBook } from './slot-store.ts'
import { waitingLine } from './waiters.ts'

export interface CallBudgetOptions {
  /** Shared by all processes. */
  readonly book: SlotBook
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
export const callBudget = ({ book, clock, callsPerSecond, log }: CallBudgetOptions): CallBudget => {
  const intervals = intervalsFor(callsPerSecond)
  const clerk = slotClerk({ book, clock, log, intervals, lateMs: LATE_MS })
  const bell = createBell(clock)
  const line = waitingLine(bell.ring)
  let slotsAtMs: number[] = []
  let serving = false

  const unasked = unaskedCalls({
    clock,
    callsPerSecond,
    book: async (count) => {
      const slots = await clerk.reserve('calls', count)
      if (slots === undefined) return
      orders.learn(slots)
      unasked.learn(slots)
    },
  })
  const orders = slotOrders({
    clerk,
    clock,
    edgesApart: intervals.edges !== undefined,
    onSlots: (slots, schedule) => {
      slotsAtMs = [...slotsAtMs, ...slots.atMs].sort((a, b) => a - b)
      if (schedule === 'calls') unasked.learn(slots)
      bell.ring()
    },
  })

  /** Orders what is missing until each caller has a slot. */
  const orderFor = (kind: 'edge' | 'middle') => {
    const usableFromMs = clock.now() - LATE_MS
    slotsAtMs = slotsAtMs.filter((atMs) => atMs >= usableFromMs)
    const missing = line.length - slotsAtMs.length - orders.pending()
    if (missing > 0) orders.order(kind, missing)
  }
  const serve = async () => {
    serving = true
    while (line.length > 0) {
      orderFor('middle')
      const [nextAtMs] = slotsAtMs
      const waitMs = nextAtMs === undefined ? undefined : nextAtMs - clock.now()
      if (waitMs === undefined || waitMs > 0) {
        await bell.wait(waitMs)
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
      if (line.length === 0 && unasked.take()) return true
      const turn = line.join(kind, signal)
      orderFor(kind)
      if (serving) bell.ring()
      else void serve()
      return turn
    },
  }
}
