import fetch from 'node-fetch'
import { OutOfReach } from '../../core/out-of-reach.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Clock } from '../../ports.ts'
import { keepAlivePool } from '../http-client/keep-alive.ts'
import { keepSecret } from '../runtime/known-secrets.ts'
import { AwsError, isCrowded, mayPass, readAwsError } from './aws-error.ts'
import { type AwsCredentials, signPost } from './aws-signature.ts'

/**
 * Makes one call of a service. `target` is the whole X-Amz-Target, such as `DynamoDB_20120810.GetItem`. Throws `AwsError`
 * when the service says no, `OutOfReach` when no try was answered, and the signal's reason when `signal` aborts. A call
 * that threw `OutOfReach`, or was made more than once, may have been applied.
 */
export type AwsCall = (target: string, body: object, signal?: AbortSignal) => Promise<unknown>

/** Called when a try is sent; what it returns is called with the `Date` header of its answer, whatever that says. */
export type AnswerWatch = () => (date: string | null) => void

export interface AwsJsonClientOptions {
  readonly service: keyof typeof services
  readonly region: string
  readonly credentials: AwsCredentials
  /** Used instead of the region's own host. */
  readonly endpoint?: string
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Of one try, from its start to the last byte of the answer. */
  readonly timeoutMs?: number
  /** At least 1. */
  readonly tries?: number
  readonly watch?: AnswerWatch
}

/** Version of the AWS JSON protocol, and what is out of reach when the service is. */
const services = {
  dynamodb: { version: '1.0', what: 'store' },
  sqs: { version: '1.0', what: 'queue' },
  secretsmanager: { version: '1.1', what: 'secret' },
  ssm: { version: '1.1', what: 'secret' },
} as const

const BACKOFF_MS = 50
const BACKOFF_LIMIT_MS = 1_000

const agentFor = keepAlivePool()

const hostOf = (service: string, region: string): string =>
  `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`

/** Aborts after `timeoutMs`, or with `signal`; `release` leaves neither timer nor listener behind. */
const deadline = (timeoutMs: number, signal: AbortSignal | undefined) => {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  signal?.addEventListener('abort', abort, { once: true })
  const release = (): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
  return { signal: controller.signal, release }
}

/**
 * Light access to an AWS service that speaks the AWS JSON protocol. Throttling, 5xx and broken connections are tried again
 * after a jittered wait.
 */
export const awsJsonClient = (options: AwsJsonClientOptions): AwsCall => {
  const { service, region, credentials, clock, random, watch } = options
  const { timeoutMs = 3_000, tries = 4 } = options
  const { version, what } = services[service]
  Object.values(credentials).forEach(keepSecret)
  const url = new URL(options.endpoint ?? hostOf(service, region))

  const send = async (target: string, body: string, signal: AbortSignal): Promise<unknown> => {
    const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target }
    const answered = watch?.()
    const response = await fetch(url.href, {
      method: 'POST',
      headers: signPost({ service, region }, credentials, { url, headers, body }, clock.now()),
      body,
      agent: agentFor,
      redirect: 'manual',
      compress: false,
      signal,
    })
    answered?.(response.headers.get('date'))
    const text = await response.text()
    if (response.ok) return text === '' ? {} : JSON.parse(text)
    const type = response.headers.get('x-amzn-errortype')
    throw readAwsError(target, { status: response.status, type, text })
  }

  /** A value, or the error of a try that may go better next time; throws any other. */
  const tryOnce = async (
    target: string,
    body: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<unknown, unknown>> => {
    const limit = deadline(timeoutMs, signal)
    try {
      return ok(await send(target, body, limit.signal))
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof AwsError && !mayPass(error)) throw error
      return err(error)
    } finally {
      limit.release()
    }
  }

  const pauseMs = (attempt: number): number =>
    random() * Math.min(BACKOFF_LIMIT_MS, BACKOFF_MS * 2 ** attempt)

  return async (target, body, signal) => {
    const encoded = JSON.stringify(body)
    let lastError: unknown
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await clock.sleep(pauseMs(attempt - 1), signal)
      signal?.throwIfAborted()
      const outcome = await tryOnce(target, encoded, signal)
      if (outcome.ok) return outcome.value
      lastError = outcome.error
    }
    const detail = lastError instanceof AwsError ? lastError.message : `no answer from ${url.host}`
    throw new OutOfReach(what, `${detail}, tried ${tries} times`, {
      cause: lastError,
      crowded: lastError instanceof AwsError && isCrowded(lastError),
    })
  }
}
