import type { SourceDelta } from '../core/conversation/source-delta.ts'
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
  readonly deltas: AsyncIterable<SourceDelta>
  /** False: each delta is one call. Then no delta may end inside a grapheme cluster. */
  readonly merge: boolean
  /** How much of the reply's text so far is not part of the answer, in UTF-16 units; none if absent. */
  readonly prefaceChars?: () => number
}

/**
 * Delivers a reply whose text comes from any async iterable, from where its record stands to its end. Progress is recorded
 * along the way; when `handOver` aborts, the reply stays open for the next invocation.
 */
export const deliverReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { record, deltas, merge, prefaceChars }: Delivery,
  handOver: AbortSignal,
): Promise<Receipt> => {
  if (!isAddressed(record))
    throw new Error(`reply ${record.replyId} has no conversation to write to`)
  const { sentChars: chars, source } = record.progress
  const origin = { chars, mark: source?.mark, prefaceChars }
  return whileHeld(deps, settings, record, handOver, (held) =>
    writeReply(deps, settings, held, streamedText(deltas, held.wake, merge, origin)),
  )
}
