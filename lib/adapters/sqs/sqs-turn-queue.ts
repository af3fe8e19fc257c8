import { OutOfReach, type TurnQueue } from '../../ports.ts'
import { AwsError } from '../aws/aws-error.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { groupOf } from './queue-group.ts'

/**
 * A `TurnQueue` on the SQS FIFO queue of the replies: a turn waits in the same group as the continuations of its
 * conversation. Also a queue that refuses, because there is none or for lack of permission, is out of reach.
 */
export const sqsTurnQueue = (call: AwsCall, queueUrl: string): TurnQueue => ({
  async answerLater(turn) {
    await call('AmazonSQS.SendMessage', {
      QueueUrl: queueUrl,
      MessageBody: forQueue(JSON.stringify({ kind: 'turn', turn })),
      MessageGroupId: groupOf(turn.conversation),
      MessageDeduplicationId: turn.replyId,
    }).catch(unusable)
  },
})

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
