import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { isObject } from '../../lib/core/json.ts'

/** A request that a route takes, with its whole body. */
export interface RoutedRequest {
  readonly request: IncomingMessage
  readonly url: URL
  /** As serverless.yml spells it: `ANY /replies/{proxy+}`. */
  readonly routeKey: string
  readonly body: Buffer
  readonly nowMs: number
}

/** What differs from one request of an HTTP API to another; the rest of its event is the same. */
export interface HttpApiRequest {
  readonly method: string
  /** As callers spell it, the stage included. */
  readonly path: string
  /** Without the question mark. */
  readonly query?: string
  readonly queryParameters?: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly host: string
  readonly routeKey?: string
  readonly stage?: string
  readonly protocol?: string
  readonly sourceIp?: string
  readonly userAgent?: string
  readonly nowMs: number
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** An event of API Gateway's HTTP API, payload format 2.0; a function URL's has the same shape. */
export const httpApiEvent = (request: HttpApiRequest): APIGatewayProxyEventV2 => {
  const { method, path, host, body, nowMs } = request
  const { routeKey = '$default', stage = '$default', sourceIp = '127.0.0.1' } = request
  const apiId = host.split('.')[0] ?? ''
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: request.query ?? '',
    headers: { host, ...request.headers },
    ...(request.cookies && { cookies: [...request.cookies] }),
    ...(request.queryParameters && { queryStringParameters: request.queryParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId,
      domainName: host,
      domainPrefix: apiId,
      http: {
        method,
        path,
        protocol: request.protocol ?? 'HTTP/1.1',
        sourceIp,
        userAgent: request.userAgent ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage,
      time: new Date(nowMs).toISOString(),
      timeEpoch: nowMs,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: request.isBase64Encoded ?? false,
  }
}

/** The event that the gateway makes of a request that came over HTTP. */
export const eventOfRequest = (routed: RoutedRequest): APIGatewayProxyEventV2 => {
  const { request, url, routeKey, body, nowMs } = routed
  const headers = headersOf(request)
  const cookies = request.headers.cookie?.split('; ')
  const isText = isTextType(headers['content-type'])
  return httpApiEvent({
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.search.slice(1),
    ...(url.search !== '' && { queryParameters: queryOf(url) }),
    headers,
    ...(cookies && { cookies }),
    host: headers['host'] ?? '',
    routeKey,
    protocol: `HTTP/${request.httpVersion}`,
    sourceIp: request.socket.remoteAddress ?? '',
    userAgent: headers['user-agent'] ?? '',
    nowMs,
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  })
}

const headersOf = ({ headersDistinct }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headersDistinct)
      .filter(([name]) => name !== 'cookie')
      .map(([name, values = []]) => [name, values.join(',')]),
  )

const queryOf = ({ searchParams }: URL): Record<string, string> =>
  Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name).join(',')]),
  )

const isTextType = (type = ''): boolean =>
  /^(text\/|application\/(json|xml|javascript|[\w.-]+\+(json|xml)))/i.test(type)

/** Sends what a function returned as the gateway does: without a `statusCode` it is the JSON body itself. */
export const sendResult = (response: ServerResponse, result: unknown): void => {
  const isResponse = isObject(result) && 'statusCode' in result
  const structured = isResponse
    ? (result as APIGatewayProxyStructuredResultV2)
    : { statusCode: 200, body: JSON.stringify(result ?? null) }
  const {
    statusCode = 200,
    headers = {},
    cookies,
    body = '',
    isBase64Encoded,
  }: APIGatewayProxyStructuredResultV2 = structured
  const fields = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
  response.writeHead(statusCode, {
    ...(isResponse ? {} : { 'content-type': 'application/json' }),
    ...Object.fromEntries(fields),
    ...(cookies && { 'set-cookie': cookies }),
  })
  response.end(isBase64Encoded ? Buffer.from(body, 'base64') : body)
}
