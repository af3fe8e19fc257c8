import { createHmac } from 'node:crypto'
import { sameSecret } from './same-secret.ts'

/** How far the time of a signature may be off, either way. */
const TOLERANCE_SECONDS = 300
const PREFIX = 'whsec_'

/** What a Standard Webhook brings beside its body. */
export interface WebhookHeaders {
  readonly id: string
  readonly timestamp: string
  /** One signature or, while secrets are rotated, several with spaces between. */
  readonly signatures: string
}

/** The key of a `whsec_…` secret; `undefined` where that is not base64. */
export const webhookKey = (secret: string): Buffer | undefined => {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret
  return /^[A-Za-z\d+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, 'base64') : undefined
}

/** The signature of a body by the Standard Webhooks rules, version 1. */
export const signWebhook = (
  key: Buffer,
  {
    id,
    seconds,
    body,
  }: { readonly id: string; readonly seconds: number; readonly body: string | Buffer },
): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64')}`

/** True when one of the signatures was made over this body with one of the secrets, not more than five minutes ago or ahead. */
export const isSignedWebhook = (
  secrets: readonly string[],
  { id, timestamp, signatures }: WebhookHeaders,
  body: Buffer,
  nowMs: number,
): boolean => {
  const seconds = Number.parseInt(timestamp, 10)
  const isRecent = Math.abs(Math.floor(nowMs / 1_000) - seconds) <= TOLERANCE_SECONDS
  // Also where the time is no number.
  if (!isRecent || id === '') return false
  const given = signatures.split(' ').flatMap(versionOne)
  if (given.length === 0) return false
  return secrets.some((secret) => {
    const key = webhookKey(secret)
    if (key === undefined) return false
    const own = signWebhook(key, { id, seconds, body })
    return given.some((signature) => sameSecret(signature, own))
  })
}

const versionOne = (versioned: string): readonly string[] => {
  const [version, signature = ''] = versioned.split(',')
  return version === 'v1' ? [`v1,${signature}`] : []
}
