import type { Clock, WebhookPaths } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { digest } from '../runtime/digest.ts'
import { number, text } from './attribute.ts'
import type { Arm } from './expression.ts'
import { keyPrefixes } from './key-prefixes.ts'
import { replyTable } from './table.ts'

/** A signature is good for five minutes before and after its time. */
const RETENTION_SECONDS = 900

const isBoundTo = (path: string): Arm => ({
  condition: '(attribute_not_exists(pk) OR boundTo = :boundTo)',
  values: { ':boundTo': text(path) },
})

/** `WebhookPaths` in the table of the replies, described in docs/stored-data.md. */
export const dynamoWebhookPaths = (options: {
  /** Of the service `dynamodb`. May make a call twice. */
  readonly call: AwsCall
  readonly table: string
  readonly clock: Pick<Clock, 'now'>
}): WebhookPaths => {
  const table = replyTable(options.call, options.table)
  return {
    async bind(webhookId, path) {
      const item = {
        // Senders may name their webhooks as they like.
        pk: text(`${keyPrefixes.webhook}${digest([webhookId])}`),
        boundTo: text(path),
        expiresAt: number(Math.ceil(options.clock.now() / 1_000) + RETENTION_SECONDS),
      }
      return (await table.putIf(item, isBoundTo(path))) ? 'own' : 'other'
    },
  }
}
