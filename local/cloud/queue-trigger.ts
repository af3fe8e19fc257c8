import { setTimeout as wait } from 'node:timers/promises'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'
import type { Result } from '../../lib/core/result.ts'
import type { LocalQueue } from './sqs.ts'

export interface ReceivedMessage {
  readonly MessageId: string
  readonly ReceiptHandle: string
  readonly Body: string
  readonly MD5OfBody: string
  readonly Attributes: SQSRecord['attributes']
}

/** What an event source mapping needs to know. */
export interface QueueTriggerOptions {
  readonly call: AwsCall
  readonly queue: LocalQueue
  readonly region: string
  readonly batchSize: number
  /** False: an answer of the function settles its whole batch. */
  readonly partialFailures: boolean
  /** Batches worked on at the same time. */
  readonly pollers: number
  /** Runs the function; an Err means that it threw, or ran out of time. */
  readonly invoke: (event: SQSEvent) => Promise<Result<unknown, unknown>>
}

const LONG_POLL_SECONDS = 20
const AFTER_FAILURE_MS = 500

/**
 * Works as Lambda's event source mapping does: polls the queue, hands batches to the function, several at once, and deletes
 * what the function is done with. The rest stays invisible for the queue's visibility timeout and then comes again.
 * Resolves when `signal` aborts and no batch is at work any more.
 */
export const runQueueTrigger = async (
  options: QueueTriggerOptions,
  signal: AbortSignal,
): Promise<void> => {
  const { call, queue, region, batchSize, partialFailures, pollers, invoke } = options

  const receive = () => receiveMessages(call, queue, batchSize, LONG_POLL_SECONDS, signal)
  const remove = (message: ReceivedMessage) => removeMessage(call, queue, message)

  const work = async (messages: readonly ReceivedMessage[]): Promise<void> => {
    const records = messages.map((message) => recordOf(message, queue.arn, region))
    const answer = await invoke({ Records: records })
    if (!answer.ok) return
    const failed = partialFailures ? failedOf(answer.value) : new Set<string>()
    // Lambda takes a name that it does not know for a failure of the whole batch.
    if ([...failed].some((id) => !messages.some(({ MessageId }) => MessageId === id))) return
    await Promise.all(messages.filter(({ MessageId }) => !failed.has(MessageId)).map(remove))
  }

  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const messages = await receive()
        if (messages.length > 0) await work(messages)
      } catch {
        await wait(AFTER_FAILURE_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  await Promise.all(Array.from({ length: pollers }, poll))
}

/** Takes at most `count` messages, waiting up to `waitSeconds` for the first. */
export const receiveMessages = async (
  call: AwsCall,
  { url }: LocalQueue,
  count: number,
  waitSeconds: number,
  signal?: AbortSignal,
): Promise<readonly ReceivedMessage[]> => {
  const wanted = {
    QueueUrl: url,
    MaxNumberOfMessages: count,
    WaitTimeSeconds: waitSeconds,
    AttributeNames: ['All'],
  }
  const answer = await call('AmazonSQS.ReceiveMessage', wanted, signal)
  return (answer as { readonly Messages?: readonly ReceivedMessage[] }).Messages ?? []
}

/** Takes a message out of the queue for good. */
export const removeMessage = (
  call: AwsCall,
  { url }: LocalQueue,
  { ReceiptHandle }: Pick<ReceivedMessage, 'ReceiptHandle'>,
): Promise<unknown> => call('AmazonSQS.DeleteMessage', { QueueUrl: url, ReceiptHandle })

/** A message as Lambda hands it to a function. */
export const recordOf = (message: ReceivedMessage, arn: string, region: string): SQSRecord => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  md5OfBody: message.MD5OfBody,
  attributes: message.Attributes,
  messageAttributes: {},
  eventSource: 'aws:sqs',
  eventSourceARN: arn,
  awsRegion: region,
})

/** The messages that an answer of the function reports as failed, by their ids. */
export const failedOf = (answer: unknown): ReadonlySet<string> => {
  const { batchItemFailures = [] } = (answer ?? {}) as Partial<SQSBatchResponse>
  return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
}
