import { attemptPauseMs } from './attempt.ts'
import { hasWork, receive, unstoredReply } from './inbox.ts'
import {
  type EndWrite,
  type Inbox,
  type InboxTaken,
  type LeaseState,
  type NewReply,
  type Orphan,
  onlyWithin,
  type ProgressWrite,
  type PushedChunk,
  type PushOutcome,
  type PushTimes,
  type ReleaseWrite,
  type ReplyRecord,
  type TakeOver,
  type TakeOverTimes,
} from './record.ts'
import { type Conversation, hasEnded, type ReplyId } from './reply.ts'

/*
 * What each change of a reply's record does, for stores that read it, decide here and write it back in one atomic step. A step
 * taken a second time, because the answer to the first was lost, does no harm.
 */

/** A reply as such a store keeps it. */
export interface KeptReply {
  readonly record: ReplyRecord
  /** When the sweeper looks at it. Absent once the reply has ended, unless it shall be looked at again. */
  readonly sweepAtMs: number | undefined
}

/** What comes of a step. */
export interface RecordStep<Outcome> {
  readonly outcome: Outcome
  /** What is kept from now on; absent where nothing changes. */
  readonly next?: KeptReply
  /** How long the open reply is needed at least, where the step says so: the end of its lease, or of its waiting time. */
  readonly neededUntilMs?: number
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

/** When the sweeper looks at a reply whose lease ends then. */
const sweptAfter = ({ attempt }: ReplyRecord, leaseUntilMs: number): number =>
  leaseUntilMs + attemptPauseMs(attempt?.count ?? 0)

const afterMove = (record: ReplyRecord, movedOn: boolean): ReplyRecord => {
  if (!movedOn) return record
  const { attempt: _, ...untried } = record
  return untried
}

/** The reply where it is open at this epoch. */
const heldAt = (kept: KeptReply | undefined, epoch: number): KeptReply | undefined =>
  kept?.record.epoch === epoch && !hasEnded(kept.record.status) ? kept : undefined

/** The record with its lease taken, and what that changes. Only a sweep's first attempt makes the reply live longer. */
const takeLease = (record: ReplyRecord, { leaseUntilMs, attempt }: TakeOverTimes) => {
  const held: ReplyRecord = {
    ...record,
    epoch: record.epoch + 1,
    leaseUntilMs,
    ...(attempt === undefined ? {} : { attempt }),
  }
  const isNeededLonger = attempt === undefined || attempt.count === 1
  return {
    record: held,
    next: { record: held, sweepAtMs: sweptAfter(held, leaseUntilMs) },
    ...(isNeededLonger ? { neededUntilMs: leaseUntilMs } : {}),
  }
}

/** `begin` of a `ReplyStore`. */
export const beginRecord = (
  kept: KeptReply | undefined,
  { pieces: _, ...begun }: NewReply,
  leaseUntilMs: number,
): RecordStep<{ readonly created: boolean; readonly record: ReplyRecord }> => {
  if (kept !== undefined) return { outcome: { created: false, record: kept.record } }
  const record: ReplyRecord = {
    ...begun,
    status: 'open',
    epoch: 1,
    leaseUntilMs,
    cancelRequested: false,
    inbox: { chunks: new Map(), nextSeq: 0, heldText: '', pushes: 0 },
  }
  return {
    outcome: { created: true, record },
    next: { record, sweepAtMs: leaseUntilMs },
    neededUntilMs: leaseUntilMs,
  }
}

/** `record` of a `ReplyStore`. */
export const recordProgress = (
  kept: KeptReply | undefined,
  epoch: number,
  { progress, leaseUntilMs, taken, movedOn = false }: ProgressWrite,
): RecordStep<LeaseState> => {
  const held = heldAt(kept, epoch)
  if (held === undefined) return { outcome: { held: false } }
  const before = afterMove(held.record, movedOn)
  const untilMs = leaseUntilMs ?? before.leaseUntilMs
  const inbox = withoutTaken(before.inbox, taken)
  const record = { ...before, progress, leaseUntilMs: untilMs, inbox }
  const isSweptAnew = leaseUntilMs !== undefined || movedOn
  return {
    outcome: { held: true, cancelRequested: record.cancelRequested, inbox },
    next: { record, sweepAtMs: isSweptAnew ? sweptAfter(before, untilMs) : held.sweepAtMs },
    ...(leaseUntilMs === undefined ? {} : { neededUntilMs: leaseUntilMs }),
  }
}

/** `release` of a `ReplyStore`. */
export const releaseRecord = (
  kept: KeptReply | undefined,
  epoch: number,
  write: ReleaseWrite,
): RecordStep<'released' | 'news' | 'superseded'> => {
  const held = heldAt(kept, epoch)
  if (held === undefined) return { outcome: 'superseded' }
  const { record } = held
  if (record.inbox.pushes !== write.pushes || record.cancelRequested) {
    // Given up already, by a call whose answer was lost: to go on would be to write without the lease.
    return { outcome: record.leaseUntilMs === 0 ? 'released' : 'news' }
  }
  const { progress, taken, movedOn = false, sweepAtMs } = write
  const inbox = withoutTaken(record.inbox, taken)
  const released = { ...afterMove(record, movedOn), progress, inbox, leaseUntilMs: 0 }
  return {
    outcome: 'released',
    next: { record: released, sweepAtMs },
    neededUntilMs: sweepAtMs,
  }
}

/** `end` of a `ReplyStore`. */
export const endRecord = (
  kept: KeptReply | undefined,
  epoch: number,
  ending: EndWrite,
): RecordStep<'ended' | 'superseded'> => {
  const { status, progress, failure, lookAgainAtMs } = ending
  const held = heldAt(kept, epoch)
  if (held === undefined) {
    // Only the holder of an epoch ends a reply under it: this way already means by a lost try of its own.
    const isOwnEnd = kept?.record.epoch === epoch && kept.record.status === status
    return { outcome: isOwnEnd ? 'ended' : 'superseded' }
  }
  const reason = failure === undefined ? {} : { failure }
  const record = { ...held.record, status, progress, ...reason, leaseUntilMs: 0 }
  return { outcome: 'ended', next: { record, sweepAtMs: lookAgainAtMs } }
}

/** `takeOver` of a `ReplyStore`. */
export const takeOverRecord = (
  kept: KeptReply | undefined,
  times: TakeOverTimes,
): RecordStep<TakeOver> => {
  if (kept === undefined) return { outcome: { outcome: 'absent' } }
  const { record } = kept
  if (hasEnded(record.status)) return { outcome: { outcome: 'ended', record } }
  if (!isFree(record, times.nowMs)) return { outcome: { outcome: 'held', record } }
  const { record: held, ...changed } = takeLease(record, times)
  return { outcome: { outcome: 'taken', record: held }, ...changed }
}

const storeChunk = (
  kept: KeptReply | undefined,
  record: ReplyRecord,
  chunk: PushedChunk,
  times: TakeOverTimes,
): RecordStep<PushOutcome> => {
  const filled = withChunk(record, chunk)
  if (!isFree(record, times.nowMs)) {
    return {
      outcome: { outcome: 'stored', record: filled },
      next: { record: filled, sweepAtMs: kept?.sweepAtMs },
    }
  }
  const { record: held, ...changed } = takeLease(filled, times)
  return { outcome: { outcome: 'holder', record: held }, ...changed }
}

/** The chunk is in the record already: sees to it that somebody drains it. */
const knownChunk = (record: ReplyRecord, times: TakeOverTimes): RecordStep<PushOutcome> => {
  if (hasEnded(record.status)) return { outcome: { outcome: 'repeated', record } }
  if (!isFree(record, times.nowMs)) return { outcome: { outcome: 'stored', record } }
  if (!hasWork(record)) return { outcome: { outcome: 'repeated', record } }
  const { record: held, ...changed } = takeLease(record, times)
  return { outcome: { outcome: 'holder', record: held }, ...changed }
}

/** `pushChunk` of a `ReplyStore`. */
export const pushToRecord = (
  kept: KeptReply | undefined,
  replyId: ReplyId,
  chunk: PushedChunk,
  times: PushTimes,
): RecordStep<PushOutcome> => {
  const record = kept?.record ?? unstoredReply(replyId, chunk, times.createdAtMs ?? times.nowMs)
  const reception = receive(record, chunk)
  const { nowMs, leaseUntilMs } = times
  if (reception === 'new' || reception === 'finishes') {
    return storeChunk(kept, record, chunk, { nowMs, leaseUntilMs })
  }
  if (reception === 'known') return knownChunk(record, { nowMs, leaseUntilMs })
  return { outcome: { outcome: reception, record } }
}

/** `requestCancel` of a `ReplyStore`. */
export const cancelRecord = (
  kept: KeptReply | undefined,
  within: Conversation | undefined,
): RecordStep<ReplyRecord | undefined> => {
  const record = onlyWithin(kept?.record, within)
  if (record === undefined || hasEnded(record.status)) return { outcome: record }
  const cancelled = { ...record, cancelRequested: true }
  return { outcome: cancelled, next: { record: cancelled, sweepAtMs: kept?.sweepAtMs } }
}

/** `settleEnded` of a `ReplyStore`. */
export const settleRecord = (
  kept: KeptReply | undefined,
  lookAgainAtMs: number | undefined,
): RecordStep<undefined> =>
  kept !== undefined && hasEnded(kept.record.status) && kept.sweepAtMs !== undefined
    ? { outcome: undefined, next: { record: kept.record, sweepAtMs: lookAgainAtMs } }
    : { outcome: undefined }

/** `readOrphan` of a `ReplyStore`, for a record that is whole. */
export const orphanIn = (kept: KeptReply | undefined): Orphan | undefined => {
  if (kept === undefined || hasEnded(kept.record.status)) return undefined
  const { kind, epoch, leaseUntilMs, progress, attempt } = kept.record
  const { sentChars } = progress
  return { kind, epoch, leaseUntilMs, sentChars, ...(attempt === undefined ? {} : { attempt }) }
}
