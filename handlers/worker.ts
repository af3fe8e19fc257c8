import type { SQSHandler } from 'aws-lambda'
import { composeWriter } from '../lib/compose.ts'
import { readWorkerConfig } from '../lib/config.ts'
import { workBatch } from '../lib/work-batch.ts'

const { deps, settings, within } = composeWriter(readWorkerConfig())

/** Goes on with replies that another invocation handed over; reports the messages that must come again. */
export const handler: SQSHandler = async ({ Records }, context) => {
  const messages = Records.map(({ messageId, body, attributes }) => {
    return { messageId, body, group: attributes.MessageGroupId ?? messageId }
  })
  const again = await within(context, (signals) => workBatch(deps, settings, messages, signals))
  return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) }
}
