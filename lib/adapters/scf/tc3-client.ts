import fetch from 'node-fetch'
import { err, ok, type Result } from '../../core/result.ts'
import type { Clock } from '../../ports.ts'
import { keepAlivePool } from '../http-client/keep-alive.ts'
import { keepSecret, withoutSecrets } from '../runtime/known-secrets.ts'
import { signTc3, type Tc3Credentials, type Tc3Request } from './tc3-signature.ts'

/** Why a call brought nothing. */
export type Tc3Failure =
  /** Nobody handed out credentials: the function has no role. */
  | { readonly reason: 'no-role' }
  /** The service says no, and would say it again; `code` is its own. */
  | { readonly reason: 'refused'; readonly code: string }
  /** No try went through; `answer` is the last one's: a code, or `nothing`. The call may have been applied. */
  | { readonly reason: 'unreachable'; readonly answer: string; readonly tries: number }

/** Makes one call of a service and resolves with its response. Throws the signal's reason when `signal` aborts. */
export type Tc3Call = (
  action: string,
  input: object,
  signal?: AbortSignal,
) => Promise<Result<Answer, Tc3Failure>>

export interface Tc3ClientOptions {
  readonly service: keyof typeof versions
  /** Such as `ap-singapore`. */
  readonly region: string
  /** Used instead of the service's own host. */
  readonly endpoint?: string
  /** Asked for each call: an instance that lives on gets new ones. `undefined` where the function has no role. */
  readonly readCredentials: () => Tc3Credentials | undefined
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Of one try, from its start to the last byte of the answer. */
  readonly timeoutMs?: number
  /** At least 1. */
  readonly tries?: number
}

/** The services that are called here, and the version of each. */
const versions = { scf: '2018-04-16', ssm: '2019-09-23' } as const

const BACKOFF_MS = 100

const agentFor = keepAlivePool()

/** Refusals that the same call may outlive. */
const passing = /^(InternalError|RequestLimitExceeded|ResourceUnavailable)/

type Answer = Readonly<Record<string, unknown>>
type Signable = Pick<Tc3Request, 'action' | 'body'>

const readAnswer = (answer: unknown): Result<Answer, string> => {
  const { Response: response } = answer as {
    readonly Response: Answer & { readonly Error?: { readonly Code?: unknown } }
  }
  const { Error: refusal } = response
  if (refusal === undefined) return ok(response)
  const code = withoutSecrets(String(refusal.Code).slice(0, 100))
  return err(/^[\w.]{1,100}$/.test(code) ? code : 'an unknown error')
}

/** Access to a service of Tencent Cloud by API 3.0. A call whose answer was lost is made again. */
export const tc3Client = (options: Tc3ClientOptions): Tc3Call => {
  const { service, region, readCredentials, clock, random } = options
  const { endpoint = `https://${service}.tencentcloudapi.com` } = options
  const { timeoutMs = 1_000, tries = 2 } = options
  const { host, href } = new URL('/', endpoint)

  const send = async (request: Signable, credentials: Tc3Credentials, signal: AbortSignal) => {
    const whole = { ...request, service, host, version: versions[service], region }
    const response = await fetch(href, {
      method: 'POST',
      headers: signTc3(whole, credentials, clock.now()),
      body: request.body,
      agent: agentFor,
      redirect: 'manual',
      compress: false,
      signal,
    })
    return readAnswer(await response.json())
  }

  const tryOnce = async (
    request: Signable,
    credentials: Tc3Credentials,
    signal?: AbortSignal,
  ): Promise<Result<Answer, string>> => {
    const limit = new AbortController()
    const giveUp = (): void => limit.abort()
    const timer = setTimeout(giveUp, timeoutMs)
    signal?.addEventListener('abort', giveUp, { once: true })
    const answer = await send(request, credentials, limit.signal).catch(() => err('nothing'))
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
    signal?.throwIfAborted()
    return answer
  }

  const askPatiently = async (
    request: Signable,
    credentials: Tc3Credentials,
    signal?: AbortSignal,
  ): Promise<Result<Answer, Tc3Failure>> => {
    let last = 'nothing'
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await clock.sleep(random() * BACKOFF_MS * 2 ** attempt, signal)
      signal?.throwIfAborted()
      const answer = await tryOnce(request, credentials, signal)
      if (answer.ok) return answer
      last = answer.error
      if (last !== 'nothing' && !passing.test(last)) return err({ reason: 'refused', code: last })
    }
    return err({ reason: 'unreachable', answer: last, tries })
  }

  return async (action, input, signal) => {
    const credentials = readCredentials()
    if (credentials === undefined) return err({ reason: 'no-role' })
    Object.values(credentials).forEach(keepSecret)
    return askPatiently({ action, body: JSON.stringify(input) }, credentials, signal)
  }
}
