import { fieldsOf, parsedJson } from '../json.ts'
import type { ReplyId } from '../reply/reply.ts'
import { parseReplyId } from '../reply/reply-id.ts'
import { parseTurn, type Turn } from './turn.ts'

/** What stands in the queue. */
export type QueueMessage =
  /** The rest of a reply. */
  | { readonly kind: 'continuation'; readonly replyId: ReplyId }
  /** A message of a user that wants an answer. */
  | { readonly kind: 'turn'; readonly turn: Turn }

/** Reads a message of the queue; `undefined` for anything that this program did not write. */
export const parseQueueMessage = (body: string): QueueMessage | undefined => {
  const message = fieldsOf(parsedJson(body))
  switch (message['kind']) {
    case 'continuation': {
      const replyId = parseReplyId(message['replyId'])
      return replyId && { kind: 'continuation', replyId }
    }
    case 'turn': {
      const turn = parseTurn(message['turn'])
      return turn && { kind: 'turn', turn }
    }
    default:
      return undefined
  }
}
