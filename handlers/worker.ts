import type { SQSHandler } from 'aws-lambda'
import { composeWorker, sourceNames } from '../lib/compose-worker.ts'
import { readWorkerConfig } from '../lib/config.ts'

const workBatch = composeWorker(readWorkerConfig(sourceNames))

/** Answers users, and goes on with replies that were handed over; reports the messages that must come again. */
export const handler: SQSHandler = async ({ Records }, context) => {
  const messages = Records.map(({ messageId, receiptHandle, body, attributes }) => ({
    messageId,
    receiptHandle,
    group: attributes.MessageGroupId ?? messageId,
    body,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }))
  const again = await workBatch(messages, context)
  return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) }
}
