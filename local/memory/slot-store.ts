import { reserveFrom, type ScheduleName } from '../../lib/core/rate-schedule.ts'
import type { Clock } from '../../lib/ports.ts'
import type { SlotBook } from '../../lib/rate-limit/slot-store.ts'

export interface MemorySlotBookOptions {
  readonly clock?: Pick<Clock, 'sleep'>
  /** How long each call takes on that clock, half of it on the way there. Without it a call takes no time. */
  readonly latencyMs?: () => number
}

/** A `SlotBook` for tests and for processes that share nothing. */
export const memorySlotBook = ({ clock, latencyMs }: MemorySlotBookOptions = {}): SlotBook => {
  const takenToMs = new Map<ScheduleName, number>()

  return {
    async reserve(request, signal) {
      const wayMs = (latencyMs?.() ?? 0) / 2
      await clock?.sleep(wayMs, signal)
      signal.throwIfAborted()
      const slots = reserveFrom(takenToMs.get(request.schedule), request)
      if (slots !== undefined) takenToMs.set(request.schedule, slots.takenToMs)
      await clock?.sleep(wayMs, signal)
      signal.throwIfAborted()
      return slots && { firstAtMs: slots.firstAtMs, idleMs: slots.idleMs }
    },
  }
}
