import type { ReplyRecord } from '../../../core/reply/record.ts'
import {
  beginRecord,
  cancelRecord,
  endRecord,
  type KeptReply,
  pushToRecord,
  type RecordStep,
  recordProgress,
  releaseRecord,
  settleRecord,
  takeOverRecord,
} from '../../../core/reply/record-steps.ts'
import { hasEnded, type ReplyId } from '../../../core/reply/reply.ts'
import type { Clock, ReplyStore } from '../../../ports.ts'
import { mysqlRecords, type RecordsOptions, type Step } from '../records.ts'
import { jsonIn, textIn } from '../row-values.ts'
import type { Columns } from '../session.ts'
import { messageClaims } from './claims.ts'
import { columnsOf, orphanOf, replyColumns, replyIn, sweepGroups, sweepUnsettled } from './row.ts'

/** An open reply is kept so long after its lease ended: far longer than any sweeper may be out of order. */
const OPEN_SECONDS = 7 * 86_400
/** And an ended one so long after its end: long enough for a producer that repeats its last push. */
const ENDED_SECONDS = 3 * 86_400

export interface MysqlReplyStoreOptions extends RecordsOptions {
  readonly clock: Pick<Clock, 'now'>
}

interface Changing<Outcome> {
  /** For the holder of a lease, whom nobody else comes between but who pushes or cancels. */
  readonly mayRecall?: boolean
  /** The outcome where a lost first try took the lease, and others have written since. */
  readonly whereTaken?: (record: ReplyRecord) => Outcome
  /** What a new row has beside. */
  readonly pieces?: readonly string[] | undefined
  /** True for a step that brings a new record for one that cannot be read. */
  readonly mends?: boolean
}

/** What a write knows of the row before it, and what it is called itself. */
interface Seen {
  readonly kept: KeptReply | undefined
  readonly name: string
}

/** A `ReplyStore` in MySQL or MariaDB, described in docs/stored-data.md. Throws `OutOfReach` when the database cannot be asked. */
export const mysqlReplyStore = (options: MysqlReplyStoreOptions): ReplyStore => {
  const { connection, clock, limits } = options
  const replies = mysqlRecords('reply', replyColumns, options)
  const claims = messageClaims(options)

  const expiryOf = ({ next, neededUntilMs }: RecordStep<unknown>): Columns => {
    if (next !== undefined && hasEnded(next.record.status)) {
      return { expires_at: Math.ceil(clock.now() / 1_000) + ENDED_SECONDS }
    }
    if (neededUntilMs === undefined) return {}
    return { expires_at: Math.ceil(neededUntilMs / 1_000) + OPEN_SECONDS }
  }

  const change = async <Outcome>(
    replyId: ReplyId,
    step: (kept: KeptReply | undefined) => RecordStep<Outcome>,
    { mayRecall = false, whereTaken, pieces, mends = false }: Changing<Outcome> = {},
  ): Promise<Outcome> => {
    let unreadable: unknown
    /** What a step has made of the reply, as columns. */
    const written = (taken: RecordStep<Outcome>, next: KeptReply, seen: Seen): Columns => ({
      ...columnsOf(next, unreadable === undefined),
      ...expiryOf(taken),
      ...(next.record.epoch === seen.kept?.record.epoch ? {} : { taken_by: seen.name }),
      ...(seen.kept === undefined && pieces !== undefined
        ? { pieces: JSON.stringify(pieces) }
        : {}),
    })
    const take: Step<Outcome> = (row, name, isOurs) => {
      const found = row && replyIn(row, replyId)
      unreadable = mends ? undefined : found?.broken
      if (found !== undefined && whereTaken !== undefined && isOurs(row?.['taken_by'])) {
        return { outcome: whereTaken(found.kept.record) }
      }
      const taken = step(found?.kept)
      const { outcome, next } = taken
      if (next === undefined) return { outcome }
      return { outcome, next: written(taken, next, { kept: found?.kept, name }) }
    }
    const outcome = await replies.change(replyId, take, { mayRecall })
    if (unreadable !== undefined) throw unreadable
    return outcome
  }

  const due = (sweep: string, beforeMs: number, limit: number): Promise<readonly ReplyId[]> =>
    connection.run(async (query) => {
      const { rows } = await query(
        'SELECT id FROM reply WHERE sweep = ? AND sweep_at_ms < ? ORDER BY sweep_at_ms LIMIT ?',
        [sweep, beforeMs, limit],
      )
      return rows.flatMap((row) => (textIn(row, 'id') as ReplyId | undefined) ?? [])
    }, limits)

  const read = async (replyId: ReplyId) => {
    const row = await replies.find(replyId)
    if (row === undefined) return undefined
    const { kept, broken } = replyIn(row, replyId)
    if (broken !== undefined) throw broken
    return kept.record
  }

  return {
    begin: (reply, leaseUntilMs) =>
      change(reply.replyId, (kept) => beginRecord(kept, reply, leaseUntilMs), {
        whereTaken: (record) => ({ created: true, record }),
        pieces: reply.pieces,
      }),
    read,
    glance: read,
    readPieces: (replyId) =>
      connection.run(async (query) => {
        const { rows } = await query('SELECT pieces FROM reply WHERE id = ?', [replyId])
        return rows[0] && jsonIn<readonly string[]>(rows[0], 'pieces')
      }, limits),
    record: (replyId, epoch, write) =>
      change(replyId, (kept) => recordProgress(kept, epoch, write), { mayRecall: true }),
    end: (replyId, epoch, ending) =>
      change(replyId, (kept) => endRecord(kept, epoch, ending), { mayRecall: true, mends: true }),
    takeOver: (replyId, times) =>
      change(replyId, (kept) => takeOverRecord(kept, times), {
        whereTaken: (record) => ({ outcome: 'taken', record }),
      }),
    release: (replyId, epoch, write) =>
      change(replyId, (kept) => releaseRecord(kept, epoch, write), { mayRecall: true }),
    pushChunk: (replyId, chunk, times) =>
      change(replyId, (kept) => pushToRecord(kept, replyId, chunk, times), {
        whereTaken: (record) => ({ outcome: 'holder', record }),
      }),
    requestCancel: (replyId, within) => change(replyId, (kept) => cancelRecord(kept, within)),
    ...claims,
    listOrphans: (nowMs, limit, group) => due(sweepGroups[group], nowMs, limit),
    async readOrphan(replyId) {
      const row = await replies.find(replyId)
      return row && orphanOf(row)
    },
    listUnsettled: (nowMs, limit) => due(sweepUnsettled, nowMs, limit),
    settleEnded: (replyId, lookAgainAtMs) =>
      change(replyId, (kept) => settleRecord(kept, lookAgainAtMs)),
  }
}
