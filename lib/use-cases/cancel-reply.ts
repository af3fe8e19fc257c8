import type { ReplyRecord } from '../core/reply/record.ts'
import { hasEnded, type ReplyId } from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import { takeUpReply } from '../reply/resume.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'

/**
 * Asks the writer of a reply to stop; it learns that from its own next write and closes the message with what was sent. Where
 * nobody writes the reply, it is closed here. The record afterwards; `undefined` when there is no such reply.
 */
export const cancelReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  replyId: ReplyId,
  signals: InvocationSignals,
): Promise<ReplyRecord | undefined> => {
  const record = await deps.store.requestCancel(replyId)
  if (record === undefined || hasEnded(record.status)) return record
  const receipt = await takeUpReply(deps, settings, replyId, signals)
  return receipt === undefined ? record : { ...record, ...receipt }
}
