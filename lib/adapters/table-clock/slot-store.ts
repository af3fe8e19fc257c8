import { type OffsetBounds, offsetToGoBy } from '../../core/clock-offset.ts'
import type { SlotStore } from '../../ports.ts'
import type { TableClock } from './table-clock.ts'

/**
 * The same schedules for a process whose clock may be wrong: slots are reserved by the table's clock. A process that knows
 * itself to be wrong reserves none that lie ahead of it, so that nobody else waits for what it does not know.
 */
export const slotStoreByTableClock = (store: SlotStore, table: TableClock): SlotStore => ({
  async reserve(request, signal) {
    const byMs = offsetToGoBy(await inTime(table.offset(), signal))
    const { nowMs, latestMs } = request
    const reserved = await store.reserve(
      { ...request, nowMs: nowMs + byMs, latestMs: latestMs + byMs },
      signal,
    )
    return reserved && { ...reserved, firstAtMs: reserved.firstAtMs - byMs }
  },
})

const inTime = (offset: Promise<OffsetBounds>, signal: AbortSignal): Promise<OffsetBounds> => {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    offset.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
