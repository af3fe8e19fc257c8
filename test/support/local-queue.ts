import type { Context, SQSRecord } from 'aws-lambda'
import { expect } from 'vitest'
import {
  failedOf,
  type ReceivedMessage,
  receiveMessages,
  recordOf,
  removeMessage,
} from '../../local/cloud/queue-trigger.ts'
import { type LocalQueue, startLocalSqs } from '../../local/cloud/sqs.ts'
import { awsSecretKey } from './known-secrets.ts'
import {
  type PollOptions,
  type QueueHandler,
  type QueuePoller,
  queuePoller,
} from './queue-poller.ts'
import { deployedService } from './role-policy.ts'

export type { QueueHandler } from './queue-poller.ts'

/** How long one request waits for a message; a poller takes as long to stop. */
const LONG_POLL_SECONDS = 1

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: awsSecretKey }

/** SQS on this machine, with the queues of serverless.yml: that of the replies and its dead-letter queue. */
export const startLocalQueue = async () => {
  const service = deployedService()
  const { region } = service.provider
  const { endpoint, call, queues, close } = await startLocalSqs(service, credentials)
  const named = (name: string): LocalQueue => queues.get(name) ?? expect.unreachable(name)
  const [queue, failedQueue] = [named('RepliesQueue'), named('FailedRepliesQueue')]
  const { url, arn } = queue
  const countOf = async (queueUrl: string): Promise<number> => {
    const asked = { QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }
    const answer = await call('AmazonSQS.GetQueueAttributes', asked)
    const { Attributes } = answer as { readonly Attributes: Readonly<Record<string, string>> }
    return Number(Attributes['ApproximateNumberOfMessages'])
  }
  const receive = (waitSeconds = 0) => receiveMessages(call, queue, 10, waitSeconds)
  const asRecord = (message: ReceivedMessage) => recordOf(message, arn, region)
  /** Deletes what the handler did not report as failed; answers with the handles of the rest. */
  const invoke = async (
    handler: QueueHandler,
    records: readonly SQSRecord[],
    context: Context,
  ): Promise<readonly string[]> => {
    const everything = records.map(({ messageId }) => ({ itemIdentifier: messageId }))
    const { batchItemFailures } = await handler({ Records: [...records] }, context).catch(() => ({
      batchItemFailures: everything,
    }))
    const failed = failedOf({ batchItemFailures })
    for (const { messageId, receiptHandle: ReceiptHandle } of records) {
      if (!failed.has(messageId)) await removeMessage(call, queue, { ReceiptHandle })
    }
    return records.flatMap(({ messageId, receiptHandle }) =>
      failed.has(messageId) ? [receiptHandle] : [],
    )
  }
  const comeAgainNow = async (handles: readonly string[]): Promise<void> => {
    if (handles.length === 0) return
    const entries = handles.map((handle, n) => ({
      Id: String(n),
      ReceiptHandle: handle,
      VisibilityTimeout: 0,
    }))
    // One that its handler gave back already is refused, and nothing else is.
    await call('AmazonSQS.ChangeMessageVisibilityBatch', { QueueUrl: url, Entries: entries })
  }

  return {
    env: { REPLIES_QUEUE_URL: url, AWS_ENDPOINT_URL_SQS: endpoint },
    /** Messages that wait to be received. */
    waiting: () => countOf(url),
    /** Messages that were received too often. */
    failed: () => countOf(failedQueue.url),
    /** Puts a message into the queue that nobody of the project wrote. */
    send: (body: string, group: string) =>
      call('AmazonSQS.SendMessage', {
        QueueUrl: url,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: `${group}-${Math.random()}`,
      }),
    /**
     * Works as Lambda's event source mapping does, one batch at a time: messages that the handler does not report as failed
     * are deleted, the others come again until they were received too often. Resolves with the bodies of each batch when the
     * queue is empty.
     */
    drain: async (
      handler: QueueHandler,
      newContext: () => Context,
    ): Promise<readonly (readonly string[])[]> => {
      const batches: (readonly string[])[] = []
      for (;;) {
        const messages = await receive()
        if (messages.length === 0) return batches
        batches.push(messages.map(({ Body }) => Body))
        // As if the time had passed after which they come again.
        await comeAgainNow(await invoke(handler, messages.map(asRecord), newContext()))
      }
    },
    /**
     * Works as Lambda's event source mapping does: long-polls, runs up to `concurrency` invocations at once, deletes what a
     * handler does not report as failed and leaves the rest to its visibility time-out.
     */
    poll: (options: PollOptions): QueuePoller =>
      queuePoller(options, {
        receive: async () => (await receive(LONG_POLL_SECONDS)).map(asRecord),
        invoke,
      }),
    close,
  }
}
