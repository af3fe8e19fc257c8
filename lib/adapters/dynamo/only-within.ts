import { type Conversation, isSameConversation } from '../../core/reply/reply.ts'
import type { ReplyRecord } from '../../ports.ts'

/** The record, but for one that is not of the conversation given. */
export const onlyWithin = (
  record: ReplyRecord | undefined,
  conversation: Conversation | undefined,
): ReplyRecord | undefined => {
  if (record === undefined || conversation === undefined) return record
  const own = record.conversation
  return own !== undefined && isSameConversation(own, conversation) ? record : undefined
}
