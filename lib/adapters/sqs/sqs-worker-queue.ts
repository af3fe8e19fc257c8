import { laneOf } from '../../core/conversation/turn.ts'
import { OutOfReach } from '../../core/out-of-reach.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { ReplyQueue, TurnQueue } from '../../ports.ts'
import { AwsError } from '../aws/aws-error.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { digest } from '../runtime/digest.ts'

/**
 * The worker's queue on an SQS FIFO queue: a group for each conversation, in which turns and continuations wait for each
 * other, and a name for each message, so that one that is enqueued twice within five minutes arrives once. Also a queue that
 * refuses, because there is none or for lack of permission, is out of reach.
 */
export const sqsWorkerQueue = (call: AwsCall, queueUrl: string): TurnQueue & ReplyQueue => {
  const send = async (conversation: Conversation, name: string, message: object): Promise<void> => {
    await call('AmazonSQS.SendMessage', {
      QueueUrl: queueUrl,
      MessageBody: forQueue(JSON.stringify(message)),
      MessageGroupId: groupOf(conversation),
      MessageDeduplicationId: name,
    }).catch(unusable)
  }
  return {
    answerLater: (turn) => send(laneOf(turn), turn.replyId, { kind: 'turn', turn }),
    continueLater: ({ replyId, conversation, epoch }) =>
      send(conversation, digest([replyId, epoch]), { kind: 'continuation', replyId }),
  }
}

/** Names a conversation's group in the queue; UserIDs may hold characters that SQS does not take. */
const groupOf = (conversation: Conversation): string => digest(conversationParts(conversation))

/**
 * JSON without the characters that SQS refuses, nor those beyond U+FFFF, which stand-ins for it refuse; they can only be
 * inside a string, where an escape means the same.
 */
const forQueue = (json: string): string =>
  json.replace(/[\uD800-\uDFFF\uFFFE\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)

const unusable = (error: unknown): never => {
  if (error instanceof AwsError) throw new OutOfReach('queue', error.message, { cause: error })
  throw error
}
