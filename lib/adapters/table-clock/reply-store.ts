import { type OffsetBounds, offsetToGoBy } from '../../core/clock-offset.ts'
import type { ReplyRecord } from '../../core/reply/record.ts'
import type { Clock, ReplyStore } from '../../ports.ts'
import { movedProgress, movedRecord } from './record-times.ts'
import type { TableClock } from './table-clock.ts'

/*
 * A lease by the table's clock. Where bounds leave something open, whoever holds it stops early and whoever wants it comes late:
 *
 *      holder      ├─ may write ─┤ (its own clock)
 *      table       ├──────────── leaseUntilMs ┤
 *      another                                  ├─ surely over (its own clock)
 */

/** A lease that ends no later than this was given up. */
const GIVEN_UP_MS = 1

/** The end of one's own lease, as it is written: the table's clock shows no more than this when it is over. */
const writtenEnd = (untilMs: number, { mostMs }: OffsetBounds): number =>
  untilMs <= GIVEN_UP_MS ? untilMs : untilMs + mostMs

const readEnd = (writtenMs: number, offsetMs: number): number =>
  writtenMs <= GIVEN_UP_MS ? writtenMs : writtenMs - offsetMs

/**
 * The same store for a process whose clock may be wrong: it is given times of the process's clock and answers with such, and
 * what is stored and compared are times of the table's.
 */
export const replyStoreByTableClock = (
  store: ReplyStore,
  { table, clock }: { readonly table: TableClock; readonly clock: Pick<Clock, 'now'> },
): ReplyStore => {
  const ownTimes = (record: ReplyRecord, bounds: OffsetBounds): ReplyRecord => {
    const own = movedRecord(record, -offsetToGoBy(bounds))
    const { lastCallAtMs } = own.progress
    const nowMs = clock.now()
    // Whatever the error: no call that is recorded is still to come, and nobody shall wait for it.
    return lastCallAtMs <= nowMs
      ? own
      : { ...own, progress: { ...own.progress, lastCallAtMs: nowMs } }
  }
  /** A record whose lease this process has just taken until `untilMs`. */
  const asHolder = async (record: ReplyRecord, untilMs: number): Promise<ReplyRecord> => {
    const bounds = await table.offsetAtOnce()
    const leaseUntilMs = Math.min(untilMs, readEnd(record.leaseUntilMs, bounds.mostMs))
    return { ...ownTimes(record, bounds), leaseUntilMs }
  }
  const asOther = async (record: ReplyRecord): Promise<ReplyRecord> => {
    const bounds = await table.offsetAtOnce()
    return {
      ...ownTimes(record, bounds),
      leaseUntilMs: readEnd(record.leaseUntilMs, bounds.leastMs),
    }
  }
  const asOtherWhereFound = (record: ReplyRecord | undefined) =>
    record === undefined ? undefined : asOther(record)

  return {
    async begin(reply, leaseUntilMs) {
      const bounds = await table.offsetAtOnce()
      const byMs = offsetToGoBy(bounds)
      const { created, record } = await store.begin(
        {
          ...reply,
          createdAtMs: reply.createdAtMs + byMs,
          progress: movedProgress(reply.progress, byMs),
        },
        writtenEnd(leaseUntilMs, bounds),
      )
      return { created, record: await (created ? asHolder(record, leaseUntilMs) : asOther(record)) }
    },
    async read(replyId) {
      return asOtherWhereFound(await store.read(replyId))
    },
    async glance(replyId) {
      return asOtherWhereFound(await store.glance(replyId))
    },
    readPieces: store.readPieces,
    async record(replyId, epoch, { leaseUntilMs, progress, ...write }) {
      const bounds = await (leaseUntilMs === undefined ? table.offsetAtOnce() : table.offset())
      return store.record(replyId, epoch, {
        ...write,
        progress: movedProgress(progress, offsetToGoBy(bounds)),
        ...(leaseUntilMs === undefined ? {} : { leaseUntilMs: writtenEnd(leaseUntilMs, bounds) }),
      })
    },
    async end(replyId, epoch, { progress, lookAgainAtMs, ...ending }) {
      const byMs = offsetToGoBy(await table.offsetAtOnce())
      return store.end(replyId, epoch, {
        ...ending,
        progress: movedProgress(progress, byMs),
        ...(lookAgainAtMs === undefined ? {} : { lookAgainAtMs: lookAgainAtMs + byMs }),
      })
    },
    async takeOver(replyId, { nowMs, leaseUntilMs, ...attempt }) {
      const bounds = await table.offset()
      const taken = await store.takeOver(replyId, {
        ...attempt,
        nowMs: nowMs + bounds.leastMs,
        leaseUntilMs: writtenEnd(leaseUntilMs, bounds),
      })
      switch (taken.outcome) {
        case 'taken':
          return { ...taken, record: await asHolder(taken.record, leaseUntilMs) }
        case 'held':
        case 'ended':
          return { ...taken, record: await asOther(taken.record) }
        case 'absent':
          return taken
      }
    },
    async release(replyId, epoch, { progress, sweepAtMs, ...write }) {
      const byMs = offsetToGoBy(await table.offsetAtOnce())
      return store.release(replyId, epoch, {
        ...write,
        progress: movedProgress(progress, byMs),
        sweepAtMs: sweepAtMs + byMs,
      })
    },
    async pushChunk(replyId, chunk, { nowMs, leaseUntilMs, createdAtMs = nowMs }) {
      const bounds = await table.offsetAtOnce()
      const pushed = await store.pushChunk(replyId, chunk, {
        nowMs: nowMs + bounds.leastMs,
        leaseUntilMs: writtenEnd(leaseUntilMs, bounds),
        createdAtMs: createdAtMs + offsetToGoBy(bounds),
      })
      const { outcome, record } = pushed
      const own = outcome === 'holder' ? asHolder(record, leaseUntilMs) : asOther(record)
      return { ...pushed, record: await own }
    },
    async requestCancel(replyId, within) {
      return asOtherWhereFound(await store.requestCancel(replyId, within))
    },
    claimMessage: store.claimMessage,
    keepStop: store.keepStop,
    findByMsgKey: store.findByMsgKey,
    async listOrphans(nowMs, limit, group) {
      // A list of those to look at; whether a lease is surely over is for `takeOver` to say.
      return store.listOrphans(nowMs + offsetToGoBy(await table.offset()), limit, group)
    },
    async readOrphan(replyId) {
      const orphan = await store.readOrphan(replyId)
      if (orphan === undefined) return undefined
      const { leastMs } = await table.offsetAtOnce()
      return { ...orphan, leaseUntilMs: readEnd(orphan.leaseUntilMs, leastMs) }
    },
    async listUnsettled(nowMs, limit) {
      return store.listUnsettled(nowMs + offsetToGoBy(await table.offset()), limit)
    },
    async settleEnded(replyId, lookAgainAtMs) {
      if (lookAgainAtMs === undefined) return store.settleEnded(replyId)
      return store.settleEnded(replyId, lookAgainAtMs + offsetToGoBy(await table.offset()))
    },
  }
}
