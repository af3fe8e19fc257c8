import { attemptPauseMs } from '../../lib/core/reply/attempt.ts'
import { hasWork, receive, unstoredReply } from '../../lib/core/reply/inbox.ts'
import {
  type Inbox,
  type InboxTaken,
  type OrphanGroup,
  onlyWithin,
  type PushedChunk,
  type ReplyRecord,
  type TakeOverTimes,
} from '../../lib/core/reply/record.ts'
import {
  type Conversation,
  hasEnded,
  isSameConversation,
  type MsgKey,
  type ReplyId,
  type ReplyStatus,
} from '../../lib/core/reply/reply.ts'
import type { Clock, ReplyStore } from '../../lib/ports.ts'

/** What the store knows of one reply. Records are never changed, only replaced: a caller keeps what it was given. */
interface Row {
  readonly record: ReplyRecord
  readonly pieces: readonly string[] | undefined
  /** Absent once the reply has ended, unless it shall be looked at again. */
  readonly sweepAtMs: number | undefined
}

const isFree = ({ leaseUntilMs }: ReplyRecord, nowMs: number): boolean => leaseUntilMs < nowMs

const withoutTaken = (inbox: Inbox, taken: InboxTaken | undefined): Inbox => {
  if (taken === undefined || taken.nextSeq < inbox.nextSeq) return inbox
  const chunks = new Map([...inbox.chunks].filter(([seq]) => seq >= taken.nextSeq))
  return { ...inbox, chunks, nextSeq: taken.nextSeq, heldText: taken.heldText }
}

const withChunk = (
  record: ReplyRecord,
  { seq, text, finish, conversation }: PushedChunk,
): ReplyRecord => ({
  ...record,
  ...(conversation === undefined ? {} : { conversation }),
  inbox: {
    ...(finish ? { finishSeq: seq } : {}),
    ...record.inbox,
    chunks:
      seq < record.inbox.nextSeq
        ? record.inbox.chunks
        : new Map(record.inbox.chunks).set(seq, text),
    pushes: record.inbox.pushes + 1,
  },
})

const withLease = (record: ReplyRecord, { leaseUntilMs, attempt }: TakeOverTimes): ReplyRecord => ({
  ...record,
  epoch: record.epoch + 1,
  leaseUntilMs,
  ...(attempt === undefined ? {} : { attempt }),
})

/** When the sweeper looks at a reply whose lease ends then. */
const sweptAfter = ({ attempt }: ReplyRecord, leaseUntilMs: number): number =>
  leaseUntilMs + attemptPauseMs(attempt?.count ?? 0)

const afterMove = (record: ReplyRecord, movedOn = false): ReplyRecord => {
  if (!movedOn) return record
  const { attempt: _, ...untried } = record
  return untried
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

  const put = (record: ReplyRecord, sweepAtMs: number | undefined): ReplyRecord => {
    rows.set(record.replyId, { record, pieces: rows.get(record.replyId)?.pieces, sweepAtMs })
    return record
  }

  const heldRow = (replyId: ReplyId, epoch: number): Row | undefined => {
    const row = rows.get(replyId)
    return row?.record.epoch === epoch && !hasEnded(row.record.status) ? row : undefined
  }

  const endedAlready = (replyId: ReplyId, epoch: number, status: ReplyStatus) => {
    const before = rows.get(replyId)?.record
    return before?.epoch === epoch && before.status === status ? 'ended' : 'superseded'
  }

  const takeLease = (record: ReplyRecord, times: TakeOverTimes): ReplyRecord => {
    const held = withLease(record, times)
    return put(held, sweptAfter(held, times.leaseUntilMs))
  }

  const storeChunk = (
    row: Row | undefined,
    record: ReplyRecord,
    chunk: PushedChunk,
    times: TakeOverTimes,
  ) => {
    const filled = withChunk(record, chunk)
    if (isFree(record, times.nowMs)) {
      return { outcome: 'holder', record: takeLease(filled, times) } as const
    }
    return { outcome: 'stored', record: put(filled, row?.sweepAtMs) } as const
  }

  const knownChunk = (record: ReplyRecord, times: TakeOverTimes) => {
    if (hasEnded(record.status)) return { outcome: 'repeated', record } as const
    if (!isFree(record, times.nowMs)) return { outcome: 'stored', record } as const
    if (!hasWork(record)) return { outcome: 'repeated', record } as const
    return { outcome: 'holder', record: takeLease(record, times) } as const
  }

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
      atomically(() => {
        const before = rows.get(reply.replyId)
        if (before !== undefined) return { created: false, record: before.record }
        const { pieces, ...begun } = reply
        const record: ReplyRecord = {
          ...begun,
          status: 'open',
          epoch: 1,
          leaseUntilMs,
          cancelRequested: false,
          inbox: { chunks: new Map(), nextSeq: 0, heldText: '', pushes: 0 },
        }
        rows.set(reply.replyId, { record, pieces, sweepAtMs: leaseUntilMs })
        return { created: true, record }
      }),

    read: (replyId) => atomically(() => rows.get(replyId)?.record),

    readPieces: (replyId) => atomically(() => rows.get(replyId)?.pieces),

    record: (replyId, epoch, { progress, leaseUntilMs, taken, movedOn = false }) =>
      atomically(() => {
        const row = heldRow(replyId, epoch)
        if (row === undefined) return { held: false }
        const before = afterMove(row.record, movedOn)
        const untilMs = leaseUntilMs ?? before.leaseUntilMs
        const isSweptAnew = leaseUntilMs !== undefined || movedOn
        const { cancelRequested, inbox } = put(
          {
            ...before,
            progress,
            leaseUntilMs: untilMs,
            inbox: withoutTaken(before.inbox, taken),
          },
          isSweptAnew ? sweptAfter(before, untilMs) : row.sweepAtMs,
        )
        return { held: true, cancelRequested, inbox }
      }),

    end: (replyId, epoch, { status, progress, failure, lookAgainAtMs }) =>
      atomically(() => {
        const row = heldRow(replyId, epoch)
        if (row === undefined) return endedAlready(replyId, epoch, status)
        const reason = failure === undefined ? {} : { failure }
        put({ ...row.record, status, progress, ...reason, leaseUntilMs: 0 }, lookAgainAtMs)
        return 'ended'
      }),

    takeOver: (replyId, times) =>
      atomically(() => {
        const record = rows.get(replyId)?.record
        if (record === undefined) return { outcome: 'absent' }
        if (hasEnded(record.status)) return { outcome: 'ended', record }
        if (!isFree(record, times.nowMs)) return { outcome: 'held', record }
        return { outcome: 'taken', record: takeLease(record, times) }
      }),

    release: (replyId, epoch, { progress, taken, pushes, sweepAtMs, movedOn }) =>
      atomically(() => {
        const row = heldRow(replyId, epoch)
        if (row === undefined) return 'superseded'
        const { record } = row
        if (record.inbox.pushes !== pushes || record.cancelRequested) {
          return record.leaseUntilMs === 0 ? 'released' : 'news'
        }
        const inbox = withoutTaken(record.inbox, taken)
        put({ ...afterMove(record, movedOn), progress, inbox, leaseUntilMs: 0 }, sweepAtMs)
        return 'released'
      }),

    pushChunk: (replyId, chunk, times) =>
      atomically(() => {
        const row = rows.get(replyId)
        const record =
          row?.record ?? unstoredReply(replyId, chunk, times.createdAtMs ?? times.nowMs)
        const reception = receive(record, chunk)
        if (reception === 'new' || reception === 'finishes')
          return storeChunk(row, record, chunk, times)
        if (reception === 'known') return knownChunk(record, times)
        return { outcome: reception, record }
      }),

    requestCancel: (replyId, within) =>
      atomically(() => {
        const row = rows.get(replyId)
        const record = onlyWithin(row?.record, within)
        if (record === undefined || hasEnded(record.status)) return record
        return put({ ...record, cancelRequested: true }, row?.sweepAtMs)
      }),

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

    readOrphan: (replyId) =>
      atomically(() => {
        const record = rows.get(replyId)?.record
        if (record === undefined || hasEnded(record.status)) return undefined
        const { kind, epoch, leaseUntilMs, progress, attempt } = record
        const { sentChars } = progress
        const tried = attempt === undefined ? {} : { attempt }
        return { kind, epoch, leaseUntilMs, sentChars, ...tried }
      }),

    listOrphans: (nowMs, limit, group) =>
      atomically(() => due((record) => isOpenIn(record, group), nowMs, limit)),

    listUnsettled: (nowMs, limit) =>
      atomically(() => due(({ status }) => hasEnded(status), nowMs, limit)),

    settleEnded: (replyId, lookAgainAtMs) =>
      atomically(() => {
        const record = rows.get(replyId)?.record
        if (record !== undefined && hasEnded(record.status)) put(record, lookAgainAtMs)
      }),
  }
}
