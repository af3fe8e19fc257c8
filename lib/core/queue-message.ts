import type { ReplyId } from './reply.ts'
import { parseReplyId } from './reply-id.ts'

/** What stands in the queue. */
export type QueueMessage = {
  /** The rest of a reply. */
  readonly kind: 'continuation'
  readonly replyId: ReplyId
}

/** Reads a message of the queue; `undefined` for anything that this program did not write. */
export const parseQueueMessage = (body: string): QueueMessage | undefined => {
  const message = parseObject(body)
  if (message?.['kind'] !== 'continuation') return undefined
  const replyId = parseReplyId(String(message['replyId']))
  return replyId === undefined ? undefined : { kind: 'continuation', replyId }
}

const parseObject = (body: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
