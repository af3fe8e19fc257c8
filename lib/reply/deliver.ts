import type { ReplyRecord } from '../core/reply/record.ts'
import { whileHeld } from './held.ts'
import { writeReply } from './loop.ts'
import { isAddressed } from './read-back.ts'
import type { Receipt } from './receipt.ts'
import { streamedText } from './streamed-text.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** A reply whose text comes from a source. */
export interface Delivery {
  /** The reply, with its lease held by the caller. */
  readonly record: ReplyRecord
  /** The reply's text from `record.progress.sentChars` on. */
  readonly deltas: AsyncIterable<string>
  /** False: each delta is one call. Then no delta may end inside a grapheme cluster. */
  readonly merge: boolean
}

/**
 * Delivers a reply whose text comes from any async iterable, from where its record stands to its end. Progress is recorded
 * along the way; when `handOver` aborts, the reply stays open for the next invocation.
 */
export const deliverReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, deltas, merge }: Delivery,
  handOver: AbortSignal,
): Promise<Receipt> => {
  if (!isAddressed(record))
    throw new Error(`reply ${record.replyId} has no conversation to write to`)
  return whileHeld(deps, settings, record, handOver, (held) =>
    writeReply(deps, settings, held, streamedText(deltas, held.wake, merge)),
  )
}
