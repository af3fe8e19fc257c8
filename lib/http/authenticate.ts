import { createHash, timingSafeEqual } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { listed } from '../core/listed.ts'

/** Reads a secret by its name; `undefined` when it is not configured. `fresh` asks for the one of this moment. */
export type ReadSecret = (
  name: 'REPLIES_API_TOKEN' | 'REPLIES_WEBHOOK_SECRET',
  fresh?: boolean,
) => Promise<string | undefined>

export type Authentication = { readonly ok: true } | { readonly ok: false; readonly detail: string }

/**
 * Checks who asks: a bearer token, or a signature by the Standard Webhooks rules (webhook-id, webhook-timestamp not more than
 * five minutes off, webhook-signature) over the body as received. Two tokens or secrets, comma-separated, are both taken
 * while rotating. What fits none is looked at again with secrets read afresh, since they may have been changed. Rejects with
 * `OutOfReach` when the secrets cannot be read.
 */
export const authenticate = async (
  headers: Headers,
  body: Buffer,
  readSecret: ReadSecret,
): Promise<Authentication> => {
  const checked = check(headers, body, await readAccepted(readSecret, false))
  const bringsNothing = bearerOf(headers) === undefined && !headers.has('webhook-signature')
  if (checked.ok || bringsNothing) return checked
  return check(headers, body, await readAccepted(readSecret, true))
}

interface Accepted {
  readonly tokens: readonly string[]
  readonly secrets: readonly string[]
}

const readAccepted = async (readSecret: ReadSecret, fresh: boolean): Promise<Accepted> => {
  const [tokens, secrets] = await Promise.all([
    readSecret('REPLIES_API_TOKEN', fresh).then(listed),
    readSecret('REPLIES_WEBHOOK_SECRET', fresh).then(listed),
  ])
  return { tokens, secrets }
}

const check = (headers: Headers, body: Buffer, { tokens, secrets }: Accepted): Authentication => {
  if (tokens.length + secrets.length === 0) {
    return refuse('set REPLIES_API_TOKEN or REPLIES_WEBHOOK_SECRET: without them nobody may send')
  }
  const bearer = bearerOf(headers)
  if (bearer !== undefined) {
    return tokens.some((token) => same(token, bearer))
      ? { ok: true }
      : refuse('the bearer token is wrong')
  }
  if (headers.has('webhook-signature')) return checkSignature(headers, body, secrets)
  return refuse('send "Authorization: Bearer …" or the headers of a Standard Webhook')
}

/** What names the webhook of a request that was let in for its signature; the sender gives it again when it delivers again. */
export const webhookIdOf = (headers: Headers): string | undefined =>
  bearerOf(headers) === undefined ? (headers.get('webhook-id') ?? undefined) : undefined

const bearerOf = (headers: Headers): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1]

const refuse = (detail: string): Authentication => ({ ok: false, detail })

/** Compares in constant time, also for strings of different length. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const checkSignature = (
  headers: Headers,
  body: Buffer,
  secrets: readonly string[],
): Authentication => {
  if (secrets.length === 0)
    return refuse('signed webhooks are not taken: REPLIES_WEBHOOK_SECRET is not set')
  const given = Object.fromEntries(headers)
  const signed = secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, given, { jsonParse: false })
      return true
    } catch {
      return false
    }
  })
  return signed
    ? { ok: true }
    : refuse('the webhook signature is wrong, or its timestamp is more than five minutes off')
}
