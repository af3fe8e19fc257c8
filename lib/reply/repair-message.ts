import type { StoredMessage } from '../core/reply/chat-calls.ts'
import { openedAtSeconds } from '../core/reply/opening.ts'
import type { Conversation, MsgKey } from '../core/reply/reply.ts'
import type { ChatApi } from '../ports.ts'

/** Reads one message back, found by the time that its MsgKey ends with. `undefined` when it cannot be had. */
export const readMessage = async (
  chatApi: ChatApi,
  { from, to }: Conversation,
  msgKey: MsgKey,
  signal?: AbortSignal,
): Promise<StoredMessage | undefined> => {
  const seconds = openedAtSeconds(msgKey)
  if (seconds === undefined) return undefined
  const query = { from, to, minTimeSeconds: seconds, maxTimeSeconds: seconds }
  const read = await chatApi.readMessages(query, signal)
  return read.ok ? read.value.find((message) => message.msgKey === msgKey) : undefined
}

/**
 * Closes a message that takes no more chunks, by overwriting it with what it shows. False where the service does not let us:
 * its documents do not say whether a streamed message may be overwritten.
 */
export const closeByOverwriting = async (
  chatApi: ChatApi,
  { from, to }: Conversation,
  { msgKey, chunks }: StoredMessage,
): Promise<boolean> => {
  if (chunks === undefined || chunks.length === 0) return false
  return (await chatApi.replaceMessage({ from, to, msgKey, chunks, finished: true })).ok
}
