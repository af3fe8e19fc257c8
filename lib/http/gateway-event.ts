import type {
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyResult,
  Context,
} from 'aws-lambda'
import * as v from 'valibot'
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

const fields = v.nullish(v.record(v.string(), v.nullish(v.string())), {})
const repeatedFields = v.nullish(v.record(v.string(), v.nullish(v.array(v.string()))), {})
const common = {
  headers: fields,
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
}

const secondVersion = v.object({
  ...common,
  rawPath: v.string(),
  rawQueryString: v.nullish(v.string(), ''),
  requestContext: v.object({
    http: v.object({ method: v.string() }),
    stage: v.nullish(v.string(), ''),
  }),
})
const firstVersion = v.object({
  ...common,
  httpMethod: v.string(),
  path: v.string(),
  multiValueHeaders: repeatedFields,
  queryStringParameters: fields,
  multiValueQueryStringParameters: repeatedFields,
  /** How SCF names `queryStringParameters`. */
  queryString: fields,
})

type SecondVersion = v.InferOutput<typeof secondVersion>
type FirstVersion = v.InferOutput<typeof firstVersion>

/** What every kind of event is brought to. */
interface Plain {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Headers
  readonly body: string
  readonly isBase64Encoded: boolean
}

const parseEvent = (event: unknown): Plain | undefined => {
  const second = v.safeParse(secondVersion, event)
  if (second.success) return fromSecondVersion(second.output)
  const first = v.safeParse(firstVersion, event)
  return first.success ? fromFirstVersion(first.output) : undefined
}

const fromSecondVersion = (event: SecondVersion): Plain => ({
  ...event,
  method: event.requestContext.http.method,
  path: withoutStage(event.rawPath, event.requestContext.stage),
  query: event.rawQueryString,
  headers: headersOf(event.headers, {}),
})

const fromFirstVersion = (event: FirstVersion): Plain => ({
  ...event,
  method: event.httpMethod,
  query: queryOf(
    { ...event.queryStringParameters, ...event.queryString },
    event.multiValueQueryStringParameters,
  ),
  headers: headersOf(event.headers, event.multiValueHeaders),
})

/** An HTTP API with a named stage puts its name before the path. */
const withoutStage = (path: string, stage: string): string =>
  path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path

type Fields = v.InferOutput<typeof fields>
type RepeatedFields = v.InferOutput<typeof repeatedFields>

const queryOf = (once: Fields, repeated: RepeatedFields): string => {
  const query = new URLSearchParams()
  for (const [name, values] of Object.entries(repeated)) {
    for (const value of values ?? []) query.append(name, value)
  }
  for (const [name, value] of Object.entries(once)) {
    if (!query.has(name)) query.append(name, value ?? '')
  }
  return query.toString()
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
const requestOf = (plain: Plain): Request | undefined => {
  const { path, query, headers } = plain
  const method = plain.method.toUpperCase()
  const body = Buffer.from(plain.body, plain.isBase64Encoded ? 'base64' : 'utf8')
  const url = new URL('https://gateway')
  url.pathname = path
  url.search = query
  try {
    return new Request(url, {
      method,
      headers,
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

/** Serves gateway events with a web standard application, made anew for each invocation. Answers are text. */
export const gatewayHandler =
  (appFor: (context: Context) => WebApp): GatewayHandler =>
  async (event, context) => {
    const plain = parseEvent(event)
    const request = plain && requestOf(plain)
    return resultOf(
      request === undefined
        ? problem(400, { detail: 'this is not a request of a gateway that the service knows' })
        : await appFor(context).fetch(request),
    )
  }
