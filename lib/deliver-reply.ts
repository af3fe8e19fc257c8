import { createBell } from './bell.ts'
import type { Progress, ReplyFailure, ReplyId, ReplyStatus } from './core/reply.ts'
import { readDeltas } from './delta-queue.ts'
import type { ReplyRecord } from './ports.ts'
import { takePen } from './reply-pen.ts'
import {
  type WriteOutcome,
  type WriterDeps,
  type WriterSettings,
  type WriterSignals,
  writeReply,
} from './write-reply.ts'

/** What became of a reply in this invocation. */
export interface Receipt extends Progress {
  readonly replyId: ReplyId
  readonly status: ReplyStatus
  readonly how: WriteOutcome['how']
  readonly failure?: ReplyFailure
}

export interface Delivery {
  /** The reply, with its lease held by the caller. */
  readonly record: ReplyRecord
  /** The reply's text from `record.progress.sentChars` on. */
  readonly deltas: AsyncIterable<string>
  /** False: each delta is one call. Then no delta may end inside a grapheme cluster. */
  readonly merge: boolean
  /** The producer's number of the last chunk that is sent, by the characters that are. */
  readonly seqAt?: (sentChars: number) => number
}

/**
 * Delivers a reply whose text comes from any async iterable, from where its record stands to its end. What has been sent is
 * recorded as it goes; an invocation that must stop leaves the reply open for the next one.
 */
export const deliverReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, deltas, merge, seqAt }: Delivery,
  signals: WriterSignals,
): Promise<Receipt> => {
  const { replyId, epoch, leaseUntilMs, cancelRequested, progress, conversation } = record
  if (conversation === undefined)
    throw new Error(`reply ${replyId} has no conversation to write to`)

  const entry = (at: Progress) => ({
    progress: seqAt === undefined ? at : { ...at, sentSeq: seqAt(at.sentChars) },
  })
  const bell = createBell(deps.clock)
  const queue = readDeltas(deltas, { merge, onChange: bell.ring })
  const pen = takePen(deps, {
    replyId,
    epoch,
    leaseUntilMs,
    leaseMs: settings.leaseMs,
    cancelRequested,
    first: entry(progress),
    onStanding: bell.ring,
  })
  for (const signal of [signals.handOver, signals.interrupt]) {
    signal.addEventListener('abort', bell.ring)
  }
  try {
    const job = { replyId, conversation, progress, queue, pen, bell, holdBack: merge, entry }
    return receiptOf(replyId, await writeReply(deps, settings, job, signals))
  } finally {
    queue.close()
    for (const signal of [signals.handOver, signals.interrupt]) {
      signal.removeEventListener('abort', bell.ring)
    }
  }
}

const receiptOf = (replyId: ReplyId, outcome: WriteOutcome): Receipt =>
  outcome.how === 'ended'
    ? { ...outcome.progress, replyId, how: outcome.how, ...outcome.ending }
    : { ...outcome.progress, replyId, how: outcome.how, status: 'open' }
