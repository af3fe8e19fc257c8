import { hasMovedOn } from '../core/reply/attempt.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { Progress, ReplyFailure, ReplyId, ReplyStatus } from '../core/reply/reply.ts'
import { type HeldReply, whileHeld } from './held.ts'
import type { Checkpoint } from './lease.ts'
import { writeReply } from './loop.ts'
import { isAddressed } from './read-back.ts'
import type { WriteOutcome, WriterDeps, WriterSettings, WritingJob } from './session.ts'
import { knownText, readDeltas } from './streamed-text.ts'

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

/** The text that is to be delivered. */
export interface DeliveredText {
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

export interface Delivery extends DeliveredText {
  /** The reply, with its lease held by the caller. */
  readonly record: ReplyRecord
}

/**
 * Delivers a reply whose text comes from any async iterable, from where its record stands to its end. What has been sent is
 * recorded as it goes; an invocation that must stop leaves the reply open for the next one.
 */
export const deliverReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, ...text }: Delivery,
  handOver: AbortSignal,
): Promise<Receipt> => {
  if (!isAddressed(record))
    throw new Error(`reply ${record.replyId} has no conversation to write to`)
  return whileHeld(deps, settings, record, handOver, (held) =>
    deliverHeld(deps, settings, held, text),
  )
}

/** The same for a reply whose lease is kept already. */
export const deliverHeld = (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  { deltas, merge, seqAt, hasSlot = false, foreseen = false }: DeliveredText,
): Promise<Receipt> => {
  const checkpoint = (progress: Progress): Checkpoint => ({
    progress: seqAt === undefined ? progress : { ...progress, sentSeq: seqAt(progress.sentChars) },
  })
  const { ring, ringForText } = held.wake
  const queue =
    Symbol.asyncIterator in deltas
      ? readDeltas(deltas, { merge, onText: ringForText, onEnd: ring })
      : knownText(deltas, merge)
  return writeHeld(deps, settings, held, {
    queue,
    holdBack: merge,
    checkpoint,
    hasSlot,
    foreseen,
  })
}

/** Where the text of a held reply comes from, and what is recorded with it. */
type HeldText = Pick<
  WritingJob,
  'queue' | 'holdBack' | 'checkpoint' | 'hasSlot' | 'foreseen' | 'pulled'
>

/** Writes a reply from where its record stands. */
export const writeHeld = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, lease, waiting, handOver }: HeldReply,
  text: HeldText,
): Promise<Receipt> => {
  const { replyId, progress, conversation } = record
  const marked = (at: Progress): Checkpoint =>
    hasMovedOn(record.attempt, at) ? { ...text.checkpoint(at), movedOn: true } : text.checkpoint(at)

  lease.goOnFrom(marked(progress))
  const textDies = record.kind === 'turn'
  try {
    const job = {
      ...text,
      replyId,
      conversation,
      progress,
      lease,
      waiting,
      textDies,
      checkpoint: marked,
    }
    const outcome = await writeReply(deps, settings, job, handOver)
    const receipt = receiptOf(replyId, outcome)
    if (outcome.how === 'ended') publish(deps, record, receipt, outcome.lagMs)
    return receipt
  } finally {
    text.queue.close()
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
