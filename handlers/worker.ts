import type { Handler, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { sourceNames } from '../lib/compose/bot.ts'
import { composeWorker } from '../lib/compose/worker.ts'
import { readBotConfigs, readWorkerConfig } from '../lib/config.ts'

const { workBatch, workTicketed } = composeWorker(
  readWorkerConfig(sourceNames),
  readBotConfigs(sourceNames),
)

/** A message with its ticket: how Tencent SCF, which has no queue, invokes the worker. */
interface TicketedEvent {
  readonly ticket: unknown
}

/** Answers users, and goes on with replies that were handed over; reports the messages that must come again. */
export const handler: Handler<SQSEvent | TicketedEvent, SQSBatchResponse | undefined> = async (
  event,
  context,
) => {
  if (!('Records' in event)) {
    await workTicketed(event, context)
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
