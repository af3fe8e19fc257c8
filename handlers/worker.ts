import type { Handler, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { composeWorker, sourceNames } from '../lib/compose/worker.ts'
import { readWorkerConfig } from '../lib/config.ts'

const { workBatch, workPlaced } = composeWorker(readWorkerConfig(sourceNames))

/** A message with its place: how Tencent SCF, which has no queue, invokes the worker. */
interface PlacedEvent {
  readonly place: unknown
}

/** Answers users, and goes on with replies that were handed over; reports the messages that must come again. */
export const handler: Handler<SQSEvent | PlacedEvent, SQSBatchResponse | undefined> = async (
  event,
  context,
) => {
  if (!('Records' in event)) {
    await workPlaced(event, context)
    return undefined
  }
  const messages = event.Records.map(({ messageId, receiptHandle, body, attributes }) => ({
    messageId,
    receiptHandle,
    group: attributes.MessageGroupId ?? messageId,
    body,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }))
  const again = await workBatch(messages, context)
  return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) }
}
