import type { APIGatewayProxyResult } from 'aws-lambda'
import type { Callback, CallbackRefusal } from '../core/conversation/callback.ts'
import { OutOfReach } from '../core/out-of-reach.ts'
import type { Result } from '../core/result.ts'
import type { Log, Metrics } from '../ports.ts'
import { notStored } from './answer.ts'
import { MAX_BODY_BYTES, type PlainRequest, parseEvent, TOO_LARGE } from './plain-request.ts'

/** What everybody hears who is not Tencent; what was wrong stands in the log. */
const REFUSED = 'this is not a callback that is taken here'

export interface CallbackAppDeps {
  readonly log: Log
  readonly metrics: Metrics
  /** Whether a request with this query, from this address, is a callback of our application. */
  readonly check: (
    query: URLSearchParams,
    address: string | undefined,
  ) => Promise<Result<void, CallbackRefusal>>
  /** Takes any command and any body. */
  readonly parse: (command: string, body: string) => Callback
  readonly accept: (callback: Callback) => Promise<unknown>
}

/**
 * Serves gateway events that carry callbacks of Tencent, in the answers that it knows (document 1047/34354). Everything
 * genuine is answered OK, so that nothing is called a failure which would only fail again. Never rejects.
 */
export const callbackApp =
  (deps: CallbackAppDeps) =>
  async (event: unknown): Promise<APIGatewayProxyResult> => {
    const request = parseEvent(event)
    if (request === undefined) {
      return fail(400, 'this is not a request of a gateway that the service knows')
    }
    if (request.method !== 'POST') return fail(405, 'use POST', { allow: 'POST' })
    try {
      return await answer(deps, request)
    } catch (error) {
      return failure(deps.log, error)
    }
  }

const answer = async (
  { log, metrics, check, parse, accept }: CallbackAppDeps,
  request: PlainRequest,
): Promise<APIGatewayProxyResult> => {
  const query = new URLSearchParams(request.query)
  const checked = await check(query, request.address)
  if (!checked.ok) {
    const { reason, detail } = checked.error
    log.warn('callback-refused', { reason, detail })
    metrics.record({ CallbacksRefused: 1 }, { properties: { reason } })
    return fail(403, REFUSED)
  }
  if (request.body.length > MAX_BODY_BYTES) {
    log.warn('callback-too-large', { bodyBytes: request.body.length })
    return fail(413, TOO_LARGE)
  }
  await accept(parse(query.get('CallbackCommand') ?? '', request.body.toString()))
  return result(200, { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 })
}

const failure = (log: Log, error: unknown): APIGatewayProxyResult => {
  if (error instanceof OutOfReach) {
    log.warn('out-of-reach', { what: error.what, error: error.message })
    return fail(500, `the ${error.what} is out of reach; send the callback again`)
  }
  log.warn('unexpected-error', { error: error instanceof Error ? error.stack : String(error) })
  return fail(500, 'something unexpected went wrong; the log has more')
}

const fail = (
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyResult =>
  result(status, { ActionStatus: 'FAIL', ErrorInfo: detail, ErrorCode: 1 }, headers)

const result = (
  statusCode: number,
  body: { readonly ActionStatus: string; readonly ErrorInfo: string; readonly ErrorCode: number },
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyResult => ({
  statusCode,
  headers: { ...headers, 'content-type': 'application/json', ...notStored },
  body: JSON.stringify(body),
  isBase64Encoded: false,
})
