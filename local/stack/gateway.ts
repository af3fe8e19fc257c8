import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Result } from '../../lib/core/result.ts'
import { eventOfRequest, sendResult } from '../cloud/http-event.ts'
import type { InvocationFailure } from './sandbox.ts'

/** A route of the HTTP API and the function behind it. */
export interface Route {
  /** `ANY` and `*` take every method. */
  readonly method: string
  /** `{name}` stands for one part of a path, `{proxy+}` for all the rest. */
  readonly path: string
  readonly invoke: (event: unknown) => Promise<Result<unknown, InvocationFailure>>
}

/** True where it has taken care of the request, or is doing so. */
export type Gateway = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean

const MAX_BODY_BYTES = 10 * 1024 * 1024

/** API Gateway's HTTP API (payload format 2.0), as far as the functions and their callers can tell. */
export const gateway = (routes: readonly Route[]): Gateway => {
  const matchers = routes
    .map((route) => ({ route, pattern: patternOf(route.path) }))
    .sort((a, b) => rank(a.route) - rank(b.route))

  return (request, response, url) => {
    const found = matchers.find(
      ({ route, pattern }) => takes(route.method, request.method) && pattern.test(url.pathname),
    )
    if (found === undefined) return false
    void serve(found.route, request, response, url).catch(() => response.destroy())
    return true
  }
}

const serve = async (
  { method, path, invoke }: Route,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const body = await buffer(request)
  if (body.length > MAX_BODY_BYTES) return sendMessage(response, 413, 'Request Entity Too Large')
  const routeKey = `${method === '*' ? 'ANY' : method} ${path}`
  const result = await invoke(eventOfRequest({ request, url, routeKey, body, nowMs: Date.now() }))
  if (result.ok) return sendResult(response, result.value)
  return result.error.reason === 'timed-out'
    ? sendMessage(response, 503, 'Service Unavailable')
    : sendMessage(response, 500, 'Internal Server Error')
}

/** Answers as the gateway itself does. */
export const sendMessage = (response: ServerResponse, status: number, message: string): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ message }))
}

const takes = (method: string, asked: string | undefined): boolean =>
  method === 'ANY' || method === '*' || method === asked

const patternOf = (path: string): RegExp => {
  const source = path
    .split('/')
    .map((part) => {
      if (/^\{\w+\+\}$/.test(part)) return '.+'
      return /^\{\w+\}$/.test(part) ? '[^/]+' : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    })
    .join('/')
  return new RegExp(`^${source}/?$`)
}

/** The gateway prefers whole paths to `{…}`, that to `{…+}`, and a method to any. */
const rank = ({ method, path }: Route): number => {
  const vague = path.includes('+}') ? 4 : path.includes('{') ? 2 : 0
  return vague + Number(method === 'ANY' || method === '*')
}
