import { widthOf } from '../../core/clock-offset.ts'
import type { Holder } from '../../core/conversation/ticket-lock.ts'
import type { TicketLock } from '../../ports.ts'
import type { TableClock } from './table-clock.ts'

/**
 * The same lock for a process whose clock may be wrong: what it compares is surely over by the table's clock, and what it keeps
 * is kept for longer by what it does not know. The times in a ticket are the table's.
 */
export const ticketLockByTableClock = (lock: TicketLock, table: TableClock): TicketLock => {
  const byTable = async ({ nowMs, leaseMs, ...holder }: Holder): Promise<Holder> => {
    const bounds = await table.offset()
    return { ...holder, nowMs: nowMs + bounds.leastMs, leaseMs: leaseMs + widthOf(bounds) }
  }
  return {
    async queueUp(conversation, nowMs) {
      const { mostMs } = await table.offsetAtOnce()
      return lock.queueUp(conversation, nowMs + mostMs)
    },
    enter: async (ticket, holder, event) => lock.enter(ticket, await byTable(holder), event),
    stay: async (ticket, holder) => lock.stay(ticket, await byTable(holder)),
    leave: async (ticket, holder, leaving) => lock.leave(ticket, await byTable(holder), leaving),
  }
}
