import { Webhook } from 'standardwebhooks'
import { sourceFailed } from './source-failed.ts'

/**
 * The headers of a Standard Webhook over `body`, signed with each of the comma-separated `secrets`, so that the other end may
 * know either while they are rotated. Throws `TextBrokenOff` where there is no usable one.
 */
export const signTurn = (
  secrets: string,
  { id, body, nowMs }: { readonly id: string; readonly body: string; readonly nowMs: number },
): Readonly<Record<string, string>> => {
  const usable = secrets
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (usable.length === 0) {
    throw sourceFailed('REPLIES_WEBHOOK_SECRET is missing: turns are signed with it.')
  }
  const at = new Date(nowMs)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
    'webhook-signature': usable.map((secret) => webhook(secret).sign(id, at, body)).join(' '),
  }
}

const webhook = (secret: string): Webhook => {
  try {
    return new Webhook(secret)
  } catch {
    throw sourceFailed('REPLIES_WEBHOOK_SECRET is not whsec_ and base64.')
  }
}
