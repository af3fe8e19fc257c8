import type { Clock, WebhookPaths } from '../../ports.ts'
import { digest } from '../runtime/digest.ts'
import { mysqlRecords, type RecordsOptions } from './records.ts'
import { jsonIn } from './row-values.ts'

/** A signature is good for five minutes before and after its time. */
const RETENTION_SECONDS = 900

/** `WebhookPaths` in the table `webhook`. */
export const mysqlWebhookPaths = (
  options: RecordsOptions & { readonly clock: Pick<Clock, 'now'> },
): WebhookPaths => {
  const bindings = mysqlRecords('webhook', ['record'], options)
  return {
    bind: (webhookId, path) =>
      // Senders may name their webhooks as they like.
      bindings.change(digest([webhookId]), (row) => {
        if (row !== undefined) {
          const { boundTo } = jsonIn<{ readonly boundTo: string }>(row, 'record') ?? {}
          return { outcome: boundTo === path ? 'own' : 'other' }
        }
        const expiresAt = Math.ceil(options.clock.now() / 1_000) + RETENTION_SECONDS
        return {
          outcome: 'own',
          next: { record: JSON.stringify({ boundTo: path }), expires_at: expiresAt },
        }
      }),
  }
}
