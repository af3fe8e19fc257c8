import fetch from 'node-fetch'
import { OutOfReach } from '../../core/out-of-reach.ts'
import type { Clock } from '../../ports.ts'
import { keepAlivePool } from '../http-client/keep-alive.ts'
import { keepSecret, withoutSecrets } from '../runtime/known-secrets.ts'
import { signTc3, type Tc3Credentials } from './tc3-signature.ts'

/** Asks the platform to run the worker with this event, and does not wait for it. Throws `OutOfReach`. */
export type InvokeWorker = (event: object, signal?: AbortSignal) => Promise<void>

export interface ScfInvokeOptions {
  readonly functionName: string
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

const usualEndpoint = 'https://scf.tencentcloudapi.com'
const BACKOFF_MS = 100

const agentFor = keepAlivePool()

/** Refusals that the same call may outlive. */
const passing = /^(InternalError|RequestLimitExceeded|ResourceUnavailable)/

/** The error's code; `undefined` where the call was taken. */
const refusalOf = (answer: unknown): string | undefined => {
  const { Response: response } = answer as {
    readonly Response: { readonly Error?: { readonly Code?: unknown } }
  }
  if (response.Error === undefined) return undefined
  const code = withoutSecrets(String(response.Error.Code).slice(0, 100))
  return /^[\w.]{1,100}$/.test(code) ? code : 'an unknown error'
}

/**
 * Calls a function asynchronously (`Invoke`, document 583/17243, with `InvocationType` `Event`). The event may have 128 KB.
 * A call whose answer was lost is made again, so that the worker may be run twice.
 */
export const scfInvoke = (options: ScfInvokeOptions): InvokeWorker => {
  const { functionName, region, readCredentials, clock, random } = options
  const { endpoint = usualEndpoint, timeoutMs = 1_000, tries = 2 } = options
  const { host, href } = new URL('/', endpoint)
  const call = { service: 'scf', host, action: 'Invoke', version: '2018-04-16', region }

  const send = async (body: string, credentials: Tc3Credentials, signal: AbortSignal) => {
    const response = await fetch(href, {
      method: 'POST',
      headers: signTc3({ ...call, body }, credentials, clock.now()),
      body,
      agent: agentFor,
      redirect: 'manual',
      compress: false,
      signal,
    })
    return refusalOf(await response.json())
  }

  /** What went wrong and may go better next time; throws where it will not. */
  const tryOnce = async (body: string, credentials: Tc3Credentials, signal?: AbortSignal) => {
    const limit = new AbortController()
    const giveUp = (): void => limit.abort()
    const timer = setTimeout(giveUp, timeoutMs)
    signal?.addEventListener('abort', giveUp, { once: true })
    const answer = await send(body, credentials, limit.signal).catch(() => 'nothing')
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
    signal?.throwIfAborted()
    if (answer === undefined || answer === 'nothing' || passing.test(answer)) return answer
    throw new OutOfReach('queue', `Invoke of ${functionName} was answered ${answer}`)
  }

  return async (event, signal) => {
    const credentials = readCredentials()
    if (credentials === undefined) {
      throw new OutOfReach('queue', `no role to invoke ${functionName} with: give the function one`)
    }
    Object.values(credentials).forEach(keepSecret)
    const body = JSON.stringify({
      FunctionName: functionName,
      InvocationType: 'Event',
      Qualifier: '$DEFAULT',
      ClientContext: JSON.stringify(event),
    })
    let problem: string | undefined
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await clock.sleep(random() * BACKOFF_MS * 2 ** attempt, signal)
      signal?.throwIfAborted()
      problem = await tryOnce(body, credentials, signal)
      if (problem === undefined) return
    }
    throw new OutOfReach(
      'queue',
      `Invoke of ${functionName} was answered ${problem}, tried ${tries} times`,
    )
  }
}
