import { type ApiKey, type KeyVerb, keyVerbs, parseApiKeys } from '../core/api-keys.ts'
import { listed } from '../core/listed.ts'

/** Reads a secret by its name; `undefined` when it is not configured. `fresh` asks for the one of this moment. */
type ReadSecret = (name: CredentialName, fresh?: boolean) => Promise<string | undefined>

type CredentialName = 'REPLIES_API_TOKEN' | 'REPLIES_API_KEYS' | 'REPLIES_WEBHOOK_SECRET'

/** What is done with credentials outside of this layer. */
interface CredentialChecks {
  /** Compares in constant time. */
  readonly sameSecret: (a: string, b: string) => boolean
  /** Whether one of the signatures was made over the body with one of the secrets, within five minutes of now. */
  readonly isSigned: (
    secrets: readonly string[],
    headers: { readonly id: string; readonly timestamp: string; readonly signatures: string },
    body: Buffer,
    nowMs: number,
  ) => boolean
}

export interface AuthenticateDeps extends CredentialChecks {
  readonly readSecret: ReadSecret
  readonly now: () => number
}

/** Who asks, and what they may do. */
export interface Caller {
  /** The key's name; in parentheses, which no key's name has, the other credentials. */
  readonly name: string
  readonly may: readonly KeyVerb[]
  /** The bots whose replies are theirs; absent: all. */
  readonly bots?: readonly string[]
  /** The webhook's own name, where its signature let it in; the sender gives it again when it delivers again. */
  readonly webhookId?: string
}

export type Authentication =
  | { readonly ok: true; readonly caller: Caller }
  | {
      readonly ok: false
      readonly reason: 'none-given' | 'none-configured' | 'expired' | 'wrong'
      /** Of a key that was good once. */
      readonly key?: string
    }

type Given =
  | { readonly kind: 'bearer'; readonly token: string }
  | {
      readonly kind: 'webhook'
      readonly id: string
      readonly timestamp: string
      readonly signatures: string
    }

/**
 * Checks who asks: a bearer token, that of a named key or one of `REPLIES_API_TOKEN`, or a signature by the Standard Webhooks
 * rules over the body as received. Two tokens or secrets, comma-separated, are both taken while rotating. What fits none is
 * looked at again with secrets read afresh, since they may have been changed. Rejects with `OutOfReach` when the secrets
 * cannot be read.
 */
export const authenticate = async (
  deps: AuthenticateDeps,
  headers: Headers,
  body: Buffer,
): Promise<Authentication> => {
  const given = givenIn(headers)
  if (given === undefined) return { ok: false, reason: 'none-given' }
  const checked = check(deps, given, body, await readAccepted(deps.readSecret, false))
  return checked.ok ? checked : check(deps, given, body, await readAccepted(deps.readSecret, true))
}

const givenIn = (headers: Headers): Given | undefined => {
  const token = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (token !== undefined) return { kind: 'bearer', token }
  const signatures = headers.get('webhook-signature')
  if (signatures === null) return undefined
  const id = headers.get('webhook-id') ?? ''
  return { kind: 'webhook', id, timestamp: headers.get('webhook-timestamp') ?? '', signatures }
}

interface Accepted {
  readonly keys: readonly ApiKey[]
  readonly tokens: readonly string[]
  readonly secrets: readonly string[]
}

const readAccepted = async (readSecret: ReadSecret, fresh: boolean): Promise<Accepted> => {
  const [keys, tokens, secrets] = await Promise.all([
    readSecret('REPLIES_API_KEYS', fresh),
    readSecret('REPLIES_API_TOKEN', fresh).then(listed),
    readSecret('REPLIES_WEBHOOK_SECRET', fresh).then(listed),
  ])
  return { keys: keysIn(keys), tokens, secrets }
}

const keysIn = (text: string | undefined): readonly ApiKey[] => {
  const keys = parseApiKeys(text ?? '{}')
  // Whoever read the text has refused it with what is wrong.
  return keys.ok ? keys.value : []
}

const check = (
  deps: AuthenticateDeps,
  given: Given,
  body: Buffer,
  { keys, tokens, secrets }: Accepted,
): Authentication => {
  if (keys.length + tokens.length + secrets.length === 0) {
    return { ok: false, reason: 'none-configured' }
  }
  if (given.kind === 'bearer') return checkToken(deps, given.token, keys, tokens)
  if (!deps.isSigned(secrets, given, body, deps.now())) return { ok: false, reason: 'wrong' }
  return { ok: true, caller: { name: '(webhook)', may: keyVerbs, webhookId: given.id } }
}

const checkToken = (
  { sameSecret, now }: AuthenticateDeps,
  token: string,
  keys: readonly ApiKey[],
  tokens: readonly string[],
): Authentication => {
  // Each is compared, whichever fits, so that the time tells nothing.
  const isOwn = tokens.filter((own) => sameSecret(own, token)).length > 0
  const [key] = keys.filter((one) => one.tokens.filter((own) => sameSecret(own, token)).length > 0)
  if (isOwn) return { ok: true, caller: { name: '(token)', may: keyVerbs } }
  if (key === undefined) return { ok: false, reason: 'wrong' }
  const { name, may, bots, untilMs = Number.POSITIVE_INFINITY } = key
  if (now() >= untilMs) return { ok: false, reason: 'expired', key: name }
  return { ok: true, caller: { name, may, ...(bots === undefined ? {} : { bots }) } }
}
