import { hasMovedOn } from '../core/reply/attempt.ts'
import type { LeaseState, ReplyRecord } from '../core/reply/record.ts'
import type { Progress, ReplyFailure, ReplyId, ReplyStatus } from '../core/reply/reply.ts'
import { type Checkpoint, holdLease, type ReplyLease } from './lease.ts'
import { writeReply } from './loop.ts'
import type {
  WriteOutcome,
  WriterDeps,
  WriterSettings,
  WriterSignals,
  WritingJob,
} from './session.ts'
import { type DeltaQueue, knownText, readDeltas } from './streamed-text.ts'
import { createWake, type Wake } from './wake.ts'

/** What became of a reply in this invocation. */
export interface Receipt {
  readonly replyId: ReplyId
  readonly status: ReplyStatus
  readonly failure?: ReplyFailure
  readonly how: WriteOutcome['how']
  readonly progress: Progress
  /** False when a call may still be under way whose answer nobody waited for. */
  readonly settled: boolean
}

export interface Delivery {
  /** The reply, with its lease held by the caller. */
  readonly record: ReplyRecord
  /** The reply's text from `record.progress.sentChars` on; an array where all of it is known. */
  readonly deltas: AsyncIterable<string> | readonly string[]
  /** False: each delta is one call. Then no delta may end inside a grapheme cluster. */
  readonly merge: boolean
  /** The producer's number of the last chunk that is sent, by the characters that are. */
  readonly seqAt?: (sentChars: number) => number
  /** True when a place in the budget is held for the first call. */
  readonly hasSlot?: boolean
  /** True when its record alone tells what each call will carry. */
  readonly foreseen?: boolean
}

/**
 * Delivers a reply whose text comes from any async iterable, from where its record stands to its end. What has been sent is
 * recorded as it goes; an invocation that must stop leaves the reply open for the next one.
 */
export const deliverReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, deltas, merge, seqAt, hasSlot = false, foreseen = false }: Delivery,
  signals: WriterSignals,
): Promise<Receipt> => {
  const checkpoint = (progress: Progress): Checkpoint => ({
    progress: seqAt === undefined ? progress : { ...progress, sentSeq: seqAt(progress.sentChars) },
  })
  const wake = createWake(deps.clock)
  const queue =
    Symbol.asyncIterator in deltas
      ? readDeltas(deltas, { merge, onText: wake.ringForText, onEnd: wake.ring })
      : knownText(deltas, merge)
  return writeHeld(
    deps,
    settings,
    { record, queue, wake, holdBack: merge, checkpoint, hasSlot, foreseen },
    signals,
  )
}

/** A reply whose lease is held, and where its text comes from. */
export interface HeldReply
  extends Pick<WritingJob, 'holdBack' | 'checkpoint' | 'hasSlot' | 'foreseen'> {
  readonly record: ReplyRecord
  readonly queue: DeltaQueue
  readonly wake: Wake
  /** Called after each write of the record, with what it answered. */
  readonly onLeaseState?: (leaseState: LeaseState) => void
  /** For text that comes by way of the record. */
  readonly pulled?: (lease: ReplyLease) => NonNullable<WritingJob['pulled']>
}

/** Writes a reply under the lease that its record holds. */
export const writeHeld = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, queue, wake, onLeaseState, pulled, ...how }: HeldReply,
  signals: WriterSignals,
): Promise<Receipt> => {
  const { replyId, epoch, leaseUntilMs, cancelRequested, progress, conversation } = record
  if (conversation === undefined)
    throw new Error(`reply ${replyId} has no conversation to write to`)
  const marked = (at: Progress): Checkpoint =>
    hasMovedOn(record.attempt, at) ? { ...how.checkpoint(at), movedOn: true } : how.checkpoint(at)

  const lease = holdLease(deps, {
    replyId,
    epoch,
    leaseUntilMs,
    leaseMs: settings.leaseMs,
    cancelRequested,
    first: marked(progress),
    onLeaseState: (leaseState) => {
      onLeaseState?.(leaseState)
      wake.ring()
    },
    onChange: wake.ring,
  })
  const stops = [signals.handOver, signals.interrupt]
  for (const signal of stops) signal.addEventListener('abort', wake.ring)
  try {
    const job: WritingJob = {
      replyId,
      conversation,
      progress,
      queue,
      lease,
      wake,
      textDies: record.kind === 'turn',
      ...how,
      checkpoint: marked,
      ...(pulled === undefined ? {} : { pulled: pulled(lease) }),
    }
    const outcome = await writeReply(deps, settings, job, signals)
    const receipt = receiptOf(replyId, outcome)
    if (outcome.how === 'ended') publish(deps, record, receipt, outcome.lagMs)
    return receipt
  } finally {
    queue.close()
    for (const signal of stops) signal.removeEventListener('abort', wake.ring)
  }
}

/** The figures of a reply that has ended. Of a text that was there from the start, how long it waited says nothing. */
const publish = (
  { metrics, clock }: WriterDeps,
  { kind, createdAtMs }: ReplyRecord,
  { replyId, status, failure, progress }: Receipt,
  lagMs: number,
): void => {
  if (metrics === undefined) return
  const { firstTextAtMs, calls, retries, lostAnswers, inDoubt, msgKeys } = progress
  const properties = { replyId, status }
  metrics.record(
    {
      Calls: calls,
      Retries: retries,
      LostAnswers: lostAnswers,
      InDoubt: inDoubt,
      Rollovers: Math.max(msgKeys.length - 1, 0),
      ReplyDurationMs: clock.now() - createdAtMs,
      ...(kind === 'whole' ? {} : { LagMs: lagMs }),
      ...(firstTextAtMs === undefined ? {} : { FirstTextMs: firstTextAtMs - createdAtMs }),
    },
    { properties },
  )
  if (failure === undefined) return
  metrics.record({ RepliesFailed: 1 }, { dimensions: { reason: failure.reason }, properties })
}

const receiptOf = (replyId: ReplyId, outcome: WriteOutcome): Receipt => {
  const { how, progress } = outcome
  return how === 'ended'
    ? { replyId, how, progress, settled: true, ...outcome.ending }
    : { replyId, how, progress, settled: outcome.settled, status: 'open' }
}
