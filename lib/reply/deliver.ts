import type { Progress, ReplyFailure, ReplyId, ReplyStatus } from '../core/reply/reply.ts'
import type { ReplyRecord, Standing } from '../ports.ts'
import { type Entry, type ReplyPen, takePen } from './lease.ts'
import { writeReply } from './loop.ts'
import type {
  WriteOutcome,
  WriterDeps,
  WriterSettings,
  WriterSignals,
  WritingJob,
} from './session.ts'
import { type DeltaQueue, knownText, readDeltas } from './streamed-text.ts'
import { type Bell, createBell } from './wake.ts'

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
}

/**
 * Delivers a reply whose text comes from any async iterable, from where its record stands to its end. What has been sent is
 * recorded as it goes; an invocation that must stop leaves the reply open for the next one.
 */
export const deliverReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, deltas, merge, seqAt, hasSlot = false }: Delivery,
  signals: WriterSignals,
): Promise<Receipt> => {
  const entry = (progress: Progress): Entry => ({
    progress: seqAt === undefined ? progress : { ...progress, sentSeq: seqAt(progress.sentChars) },
  })
  const bell = createBell(deps.clock)
  const queue =
    Symbol.asyncIterator in deltas
      ? readDeltas(deltas, { merge, onText: bell.ringForText, onEnd: bell.ring })
      : knownText(deltas, merge)
  return writeHeld(
    deps,
    settings,
    { record, queue, bell, holdBack: merge, entry, hasSlot },
    signals,
  )
}

/** A reply whose lease is held, and where its text comes from. */
export interface HeldReply extends Pick<WritingJob, 'holdBack' | 'entry' | 'hasSlot'> {
  readonly record: ReplyRecord
  readonly queue: DeltaQueue
  readonly bell: Bell
  /** Called after each write of the record, with what it answered. */
  readonly onStanding?: (standing: Standing) => void
  /** For text that comes by way of the record. */
  readonly pulled?: (pen: ReplyPen) => NonNullable<WritingJob['pulled']>
}

/** Writes a reply under the lease that its record holds. */
export const writeHeld = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, queue, bell, holdBack, entry, hasSlot, onStanding, pulled }: HeldReply,
  signals: WriterSignals,
): Promise<Receipt> => {
  const { replyId, epoch, leaseUntilMs, cancelRequested, progress, conversation } = record
  if (conversation === undefined)
    throw new Error(`reply ${replyId} has no conversation to write to`)

  const pen = takePen(deps, {
    replyId,
    epoch,
    leaseUntilMs,
    leaseMs: settings.leaseMs,
    cancelRequested,
    first: entry(progress),
    onStanding: (standing) => {
      onStanding?.(standing)
      bell.ring()
    },
    onChange: bell.ring,
  })
  const stops = [signals.handOver, signals.interrupt]
  for (const signal of stops) signal.addEventListener('abort', bell.ring)
  try {
    const job: WritingJob = {
      replyId,
      conversation,
      progress,
      queue,
      pen,
      bell,
      holdBack,
      textDies: record.kind === 'turn',
      entry,
      hasSlot,
      ...(pulled === undefined ? {} : { pulled: pulled(pen) }),
    }
    const outcome = await writeReply(deps, settings, job, signals)
    const receipt = receiptOf(replyId, outcome)
    if (outcome.how === 'ended') publish(deps, record, receipt, outcome.lagMs)
    return receipt
  } finally {
    queue.close()
    for (const signal of stops) signal.removeEventListener('abort', bell.ring)
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
