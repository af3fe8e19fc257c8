import type { Log, QueueReceipts, ReceiptHandle } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'

/** What SQS allows: entries of one call, and the longest that it hides a message, in seconds. */
const MAX_ENTRIES = 10
const MAX_HIDDEN_SECONDS = 43_200

interface BatchAnswer {
  readonly Failed?: readonly { readonly Code?: string }[]
}

/**
 * `QueueReceipts` of an SQS queue. Whole seconds are all it knows: a message stays hidden up to a second longer than asked. A
 * failure is logged by its name alone, since what SQS says may repeat the handle.
 */
export const sqsQueueReceipts = ({
  call,
  queueUrl,
  log,
}: {
  readonly call: AwsCall
  readonly queueUrl: string
  readonly log: Log
}): QueueReceipts => {
  const hideSome = async (handles: readonly ReceiptHandle[], seconds: number): Promise<void> => {
    const entries = handles.map((handle, n) => ({
      Id: String(n),
      ReceiptHandle: handle,
      VisibilityTimeout: seconds,
    }))
    try {
      const input = { QueueUrl: queueUrl, Entries: entries }
      const answer = (await call('AmazonSQS.ChangeMessageVisibilityBatch', input)) as BatchAnswer
      const failed = answer.Failed ?? []
      if (failed.length === 0) return
      const errors = [...new Set(failed.map(({ Code }) => Code))]
      log.warn('messages-not-hidden', { messages: failed.length, seconds, errors })
    } catch (error) {
      const messages = handles.length
      log.warn('messages-not-hidden', { messages, seconds, errors: [nameOf(error)] })
    }
  }

  return {
    async hideFor(handles, ms) {
      const seconds = Math.min(Math.max(Math.ceil(ms / 1_000), 0), MAX_HIDDEN_SECONDS)
      await Promise.all(inTens(handles).map((some) => hideSome(some, seconds)))
    },
    async remove(handle) {
      try {
        await call('AmazonSQS.DeleteMessage', { QueueUrl: queueUrl, ReceiptHandle: handle })
      } catch (error) {
        log.warn('message-not-removed', { messages: 1, errors: [nameOf(error)] })
      }
    },
  }
}

const inTens = (handles: readonly ReceiptHandle[]): readonly (readonly ReceiptHandle[])[] =>
  Array.from({ length: Math.ceil(handles.length / MAX_ENTRIES) }, (_, n) =>
    handles.slice(n * MAX_ENTRIES, (n + 1) * MAX_ENTRIES),
  )

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error')
