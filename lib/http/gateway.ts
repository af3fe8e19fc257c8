import type {
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyResult,
  Context,
} from 'aws-lambda'
import { type Fields, type PlainRequest, parseEvent, type RepeatedFields } from './plain-request.ts'
import { problem } from './problem.ts'

/** An event of a Tencent SCF function URL (document 583/96099). */
export interface ScfEvent {
  readonly httpMethod: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly queryString?: Record<string, string>
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** API Gateway REST (v1), HTTP API and function URL (v2), and SCF function URL, told apart by shape. */
export type GatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2 | ScfEvent

export type GatewayHandler = (
  event: GatewayEvent,
  context: Context,
) => Promise<APIGatewayProxyResult>

/** A web standard application. */
export interface WebApp {
  fetch(request: Request): Response | Promise<Response>
}

const headersOf = (once: Fields, repeated: RepeatedFields): Headers => {
  const headers = new Headers()
  for (const [name, values] of Object.entries(repeated)) {
    for (const value of values ?? []) unlessImpossible(() => headers.append(name, value))
  }
  for (const [name, value] of Object.entries(once)) {
    unlessImpossible(() => headers.has(name) || headers.append(name, value ?? ''))
  }
  return headers
}

/** A header that HTTP cannot carry is none; the error would quote it, and it may be a credential. */
const unlessImpossible = (set: () => unknown): void => {
  try {
    set()
  } catch {}
}

const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** `undefined` where the method or the path is none that HTTP knows. */
const requestOf = (plain: PlainRequest): Request | undefined => {
  const { method, path, query, body } = plain
  const url = new URL('https://gateway')
  url.pathname = path
  url.search = query
  try {
    return new Request(url, {
      method,
      headers: headersOf(plain.headers, plain.repeatedHeaders),
      // A GET may carry no body; some gateways send an empty one along.
      ...(bodyless.has(method) || body.length === 0 ? {} : { body }),
    })
  } catch {
    return undefined
  }
}

const resultOf = async (response: Response): Promise<APIGatewayProxyResult> => ({
  statusCode: response.status,
  headers: Object.fromEntries(response.headers),
  body: await response.text(),
  isBase64Encoded: false,
})

/**
 * Serves gateway events with a web standard application, made anew for each invocation and told the caller's address, where
 * the gateway says it. Answers are text.
 */
export const gatewayHandler =
  (appFor: (context: Context, address?: string) => WebApp): GatewayHandler =>
  async (event, context) => {
    const plain = parseEvent(event)
    const request = plain && requestOf(plain)
    return resultOf(
      request === undefined
        ? problem(400, { detail: 'this is not a request of a gateway that the service knows' })
        : await appFor(context, plain?.address).fetch(request),
    )
  }
