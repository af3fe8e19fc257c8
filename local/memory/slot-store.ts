import { reserveFrom, type ScheduleName } from '../../lib/core/rate-schedule.ts'
import type { Clock, SlotStore } from '../../lib/ports.ts'

export interface MemorySlotStoreOptions {
  readonly clock?: Pick<Clock, 'sleep'>
  /** How long each call takes on that clock, half of it on the way there. Without it a call takes no time. */
  readonly latencyMs?: () => number
}

/** A `SlotStore` for tests and for processes that share nothing. */
export const memorySlotStore = ({ clock, latencyMs }: MemorySlotStoreOptions = {}): SlotStore => {
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
