import type { OrphanGroup, ReplyRecord } from '../../lib/core/reply/record.ts'
import {
  beginRecord,
  cancelRecord,
  endRecord,
  type KeptReply,
  orphanIn,
  pushToRecord,
  type RecordStep,
  recordProgress,
  releaseRecord,
  settleRecord,
  takeOverRecord,
} from '../../lib/core/reply/record-steps.ts'
import {
  type Conversation,
  hasEnded,
  isSameConversation,
  type MsgKey,
  type ReplyId,
} from '../../lib/core/reply/reply.ts'
import type { Clock, ReplyStore } from '../../lib/ports.ts'

/** Records are never changed, only replaced: a caller keeps what it was given. */
interface Row extends KeptReply {
  readonly pieces: readonly string[] | undefined
}

export interface MemoryReplyStoreOptions {
  readonly clock?: Pick<Clock, 'sleep'>
  /** How long each call takes on that clock, half of it on the way there. Without it a call takes no time. */
  readonly latencyMs?: number
}

/**
 * A `ReplyStore` for tests and the local stack. Behaves as the one in DynamoDB does, but keeps everything. Each change happens
 * in one step, with a point of waiting before it and one after it; calls made in one order happen in that order.
 */
export const memoryReplyStore = ({
  clock,
  latencyMs = 0,
}: MemoryReplyStoreOptions = {}): ReplyStore => {
  const rows = new Map<ReplyId, Row>()
  const claims = new Map<MsgKey, ReplyId>()
  const stops = new Map<MsgKey, Conversation>()

  const travel = async (): Promise<void> => {
    if (latencyMs > 0) await clock?.sleep(latencyMs / 2)
  }

  const atomically = async <T>(step: () => T): Promise<T> => {
    await travel()
    const outcome = step()
    await travel()
    return outcome
  }

  /** Takes a step with what is kept of a reply, all at once. */
  const change = <Outcome>(
    replyId: ReplyId,
    step: (kept: KeptReply | undefined) => RecordStep<Outcome>,
    pieces?: readonly string[],
  ): Promise<Outcome> =>
    atomically(() => {
      const row = rows.get(replyId)
      const { outcome, next } = step(row)
      if (next !== undefined) rows.set(replyId, { ...next, pieces: row?.pieces ?? pieces })
      return outcome
    })

  const isOpenIn = ({ status, attempt }: ReplyRecord, group: OrphanGroup): boolean =>
    !hasEnded(status) && (attempt === undefined) === (group === 'untried')

  const due = (
    isListed: (record: ReplyRecord) => boolean,
    nowMs: number,
    limit: number,
  ): readonly ReplyId[] =>
    [...rows.values()]
      .filter(({ record }) => isListed(record))
      .filter(({ sweepAtMs }) => sweepAtMs !== undefined && sweepAtMs < nowMs)
      .sort((a, b) => (a.sweepAtMs ?? 0) - (b.sweepAtMs ?? 0))
      .slice(0, limit)
      .map(({ record }) => record.replyId)

  return {
    begin: (reply, leaseUntilMs) =>
      change(reply.replyId, (kept) => beginRecord(kept, reply, leaseUntilMs), reply.pieces),

    read: (replyId) => atomically(() => rows.get(replyId)?.record),

    glance: (replyId) => atomically(() => rows.get(replyId)?.record),
    readPieces: (replyId) => atomically(() => rows.get(replyId)?.pieces),

    record: (replyId, epoch, write) =>
      change(replyId, (kept) => recordProgress(kept, epoch, write)),

    end: (replyId, epoch, ending) => change(replyId, (kept) => endRecord(kept, epoch, ending)),

    takeOver: (replyId, times) => change(replyId, (kept) => takeOverRecord(kept, times)),

    release: (replyId, epoch, write) =>
      change(replyId, (kept) => releaseRecord(kept, epoch, write)),

    pushChunk: (replyId, chunk, times) =>
      change(replyId, (kept) => pushToRecord(kept, replyId, chunk, times)),

    requestCancel: (replyId, within) => change(replyId, (kept) => cancelRecord(kept, within)),

    claimMessage: (msgKey, replyId, conversation) =>
      atomically(() => {
        if (!claims.has(msgKey)) claims.set(msgKey, replyId)
        if (claims.get(msgKey) !== replyId) return 'other'
        const stop = stops.get(msgKey)
        return stop !== undefined && isSameConversation(stop, conversation) ? 'stopped' : 'own'
      }),

    keepStop: (msgKey, conversation) =>
      atomically(() => {
        if (!claims.has(msgKey)) stops.set(msgKey, conversation)
        return claims.get(msgKey)
      }),

    findByMsgKey: (msgKey) => atomically(() => claims.get(msgKey)),

    readOrphan: (replyId) => atomically(() => orphanIn(rows.get(replyId))),

    listOrphans: (nowMs, limit, group) =>
      atomically(() => due((record) => isOpenIn(record, group), nowMs, limit)),

    listUnsettled: (nowMs, limit) =>
      atomically(() => due(({ status }) => hasEnded(status), nowMs, limit)),

    settleEnded: (replyId, lookAgainAtMs) =>
      change(replyId, (kept) => settleRecord(kept, lookAgainAtMs)),
  }
}
