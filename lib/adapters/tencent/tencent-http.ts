import type { Agent as HttpAgent } from 'node:http'
import fetch from 'node-fetch'
import { OutOfReach } from '../../core/out-of-reach.ts'
import { withoutTrailingSlashes } from '../../core/text/trailing-slashes.ts'
import type { Clock } from '../../ports.ts'
import { describeFetchError } from '../http-client/fetch-error.ts'
import { IDLE_SOCKET_MS, keepAlivePool } from '../http-client/keep-alive.ts'
import { systemClock } from '../runtime/system-clock.ts'
import {
  type ChatTransport,
  readHttpAnswer,
  startedTooLate,
  type TransportAnswer,
} from './chat-transport.ts'
import type { UserSigner } from './user-sig.ts'

export interface TencentHttpOptions {
  /** `https://host`, with or without a path before `/v4`. */
  readonly baseUrl: string
  readonly sdkAppId: number
  readonly admin: string
  readonly signer: Pick<UserSigner, 'sign'>
  /** In [0, 1). */
  readonly random: () => number
  readonly agent?: HttpAgent
  /** From the start of the call to the last byte of its answer; the service gives up after 3,000 ms itself. */
  readonly timeoutMs?: number
  /** Further fields of each call's query. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly clock?: Pick<Clock, 'now'>
}

const always = () => true

const ANSWER_BYTES = 1_048_576

const MAX_SOCKETS = 256

const parseBaseUrl = (baseUrl: string): URL => {
  const complaint = 'CHAT_ENDPOINT must be an http or https URL without user or query.'
  let url: URL
  try {
    url = new URL(baseUrl)
  } catch {
    // Without the cause, which quotes what may be a secret pasted into the wrong variable.
    throw new Error(complaint)
  }
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:'
  if (!isHttp || url.username !== '' || url.search !== '') throw new Error(complaint)
  return url
}

const dropIdleSockets = (agent: HttpAgent): void => {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy()
  }
}

const describeSignError = (error: unknown): string =>
  error instanceof OutOfReach
    ? `No signature: ${error.what} out of reach.`
    : 'No signature: CHAT_SECRET_KEY could not be read or is unusable.'

/**
 * Calls the REST API over HTTP (document 1047/34620) on one pool of kept connections. Never rejects. The URL carries the
 * signature: no answer shows it, and no redirect is followed. Throws at once on a malformed `baseUrl`.
 */
export const tencentHttp = (options: TencentHttpOptions): ChatTransport => {
  const { sdkAppId, admin, signer, random, timeoutMs = 5000, clock = systemClock } = options
  const url = parseBaseUrl(options.baseUrl)
  const agent = options.agent ?? keepAlivePool({ maxSockets: MAX_SOCKETS })(url)
  const root = `${url.origin}${withoutTrailingSlashes(url.pathname)}/v4/`
  const application = `sdkappid=${sdkAppId}&identifier=${encodeURIComponent(admin)}`
  const further = Object.entries(options.parameters ?? {})
    .map(([name, value]) => `&${name}=${encodeURIComponent(value)}`)
    .join('')
  let usedAtMs = clock.now()

  const freshenSockets = (): void => {
    // A function that was frozen wakes up with sockets whose idle timers never ran.
    if (clock.now() - usedAtMs > IDLE_SOCKET_MS) dropIdleSockets(agent)
    usedAtMs = clock.now()
  }

  const post = async (
    query: string,
    body: object,
    signal: AbortSignal,
  ): Promise<TransportAnswer> => {
    const response = await fetch(root + query, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      compress: false,
      size: ANSWER_BYTES,
      agent,
      signal,
    })
    const text = await response.text()
    usedAtMs = clock.now()
    return readHttpAnswer(response.status, text, response.headers.get('date'))
  }

  const postInTime = async (
    query: string,
    body: object,
    signal: AbortSignal | undefined,
  ): Promise<TransportAnswer> => {
    const call = new AbortController()
    const giveUp = (): void => call.abort()
    const timer = setTimeout(giveUp, timeoutMs)
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      return await post(query, body, call.signal)
    } catch (error) {
      if (!call.signal.aborted) return describeFetchError(error)
      return signal?.aborted
        ? { kind: 'lost', detail: 'The call was given up before its answer came.' }
        : { kind: 'lost', detail: `No answer within ${timeoutMs} ms.` }
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  }

  return async (command, body, signal, mayStart = always) => {
    let userSig: string
    try {
      userSig = await signer.sign()
    } catch (error) {
      return { kind: 'notSent', detail: describeSignError(error) }
    }
    if (signal?.aborted)
      return { kind: 'notSent', detail: 'The call was given up before it began.' }
    // The key of the signature may have been read again just now, for many seconds.
    if (!mayStart()) return startedTooLate

    freshenSockets()
    const nonce = Math.floor(random() * 2 ** 32)
    const query = `${command}?${application}&usersig=${userSig}&random=${nonce}&contenttype=json${further}`
    return postInTime(query, body, signal)
  }
}
