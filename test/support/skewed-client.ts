import { replyStoreByTableClock } from '../../lib/adapters/table-clock/reply-store.ts'
import { slotStoreByTableClock } from '../../lib/adapters/table-clock/slot-store.ts'
import type { TableClock } from '../../lib/adapters/table-clock/table-clock.ts'
import { ticketLockByTableClock } from '../../lib/adapters/table-clock/ticket-lock.ts'
import type { ReplyStore, SlotStore, TicketLock } from '../../lib/ports.ts'
import { eachMethod } from './each-method.ts'

/*
 * A process whose clock is ahead, seen from a test that knows the true time: what the test says is put by the process's clock,
 * goes through the process's store, and what comes back is put by the true one again.
 */

const isTime = (name: string): boolean => /(AtMs|UntilMs|latestMs|nowMs)$/.test(name)

/** Marks such as 0 are no times. */
const moved = (value: unknown, byMs: number): unknown => {
  if (typeof value !== 'object' || value === null || value instanceof Map) return value
  if (Array.isArray(value)) return value.map((one) => moved(one, byMs))
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) =>
      typeof held === 'number' && isTime(name) && held > 1
        ? [name, held + byMs]
        : [name, moved(held, byMs)],
    ),
  )
}

/** Times that are said by themselves, by method and place. */
const bareTimes: Readonly<Record<string, number>> = {
  begin: 1,
  listOrphans: 0,
  listUnsettled: 0,
  queueUp: 1,
  settleEnded: 1,
}

const seenFromOutside = <Port extends object>(
  port: Port,
  aheadMs: number,
  isOurs: (value: unknown) => boolean = () => true,
): Port => {
  const put = (name: string, value: unknown, place: number) => {
    if (bareTimes[name] === place && value !== undefined) return Number(value) + aheadMs
    return isOurs(value) ? moved(value, aheadMs) : value
  }
  return eachMethod(port, (name, method) => async (...args) => {
    const answer = await method(...args.map((value, place) => put(name, value, place)))
    return isOurs(answer) ? moved(answer, -aheadMs) : answer
  })
}

const knownTable = (aheadMs: number): TableClock => {
  const offset = async () => ({ leastMs: -aheadMs, mostMs: -aheadMs })
  return { watch: () => () => {}, watchMs: () => () => {}, offset, offsetAtOnce: offset }
}

const farFuture = { now: () => Number.MAX_SAFE_INTEGER }

/** One process after another, each with a clock that is wrong by something else. */
const skewsMs = [60_000, -60_000, 0, 3_000, -3_000]
let clients = 0
const nextSkewMs = (): number => {
  clients += 1
  return skewsMs[clients % skewsMs.length] ?? 0
}

export const skewedReplyStore = (store: ReplyStore): ReplyStore => {
  const aheadMs = nextSkewMs()
  const table = knownTable(aheadMs)
  return seenFromOutside(replyStoreByTableClock(store, { table, clock: farFuture }), aheadMs)
}

export const skewedSlotStore = (store: SlotStore): SlotStore => {
  const aheadMs = nextSkewMs()
  const isOurs = (value: unknown) => !(value instanceof AbortSignal)
  return seenFromOutside(slotStoreByTableClock(store, knownTable(aheadMs)), aheadMs, isOurs)
}

/** The times in a ticket are the table's, whoever holds it. */
export const skewedTicketLock = (lock: TicketLock): TicketLock => {
  const aheadMs = nextSkewMs()
  const isOurs = (value: unknown) => typeof value === 'object' && value !== null && 'id' in value
  return seenFromOutside(ticketLockByTableClock(lock, knownTable(aheadMs)), aheadMs, isOurs)
}
