import type { ReplyQueue } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { digest, groupOf } from './queue-group.ts'

/**
 * A `ReplyQueue` on an SQS FIFO queue: a group for each conversation, and a name for each hand-over, so that one that is
 * enqueued twice within five minutes arrives once. Throws `OutOfReach`, or `AwsError` where the queue refuses it.
 */
export const sqsReplyQueue = (call: AwsCall, queueUrl: string): ReplyQueue => ({
  async continueLater({ replyId, conversation, epoch }) {
    await call('AmazonSQS.SendMessage', {
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify({ kind: 'continuation', replyId }),
      MessageGroupId: groupOf(conversation),
      MessageDeduplicationId: digest([replyId, epoch]),
    })
  },
})
