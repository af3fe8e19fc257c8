import { listed } from '../../core/listed.ts'
import { signWebhook, webhookKey } from '../crypto/standard-webhook.ts'
import { sourceFailed } from './source-failed.ts'

/**
 * The headers of a Standard Webhook over `body`, signed with each of the comma-separated `secrets`, so that the other end may
 * know either while they are rotated. Throws `TextBrokenOff` where there is no usable one.
 */
export const signTurn = (
  secrets: string,
  { id, body, nowMs }: { readonly id: string; readonly body: string; readonly nowMs: number },
): Readonly<Record<string, string>> => {
  const keys = listed(secrets).map(keyOf)
  if (keys.length === 0) {
    throw sourceFailed('REPLIES_WEBHOOK_SECRET is missing: turns are signed with it.')
  }
  const seconds = Math.floor(nowMs / 1_000)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': keys.map((key) => signWebhook(key, { id, seconds, body })).join(' '),
  }
}

const keyOf = (secret: string): Buffer => {
  const key = webhookKey(secret)
  if (key === undefined) throw sourceFailed('REPLIES_WEBHOOK_SECRET is not whsec_ and base64.')
  return key
}
