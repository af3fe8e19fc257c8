import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

/** A request that a route takes, with its whole body. */
export interface RoutedRequest {
  readonly request: IncomingMessage
  readonly url: URL
  /** As serverless.yml spells it: `ANY /replies/{proxy+}`. */
  readonly routeKey: string
  readonly body: Buffer
  readonly nowMs: number
}

/** The event of payload format 2.0 that API Gateway's HTTP API makes of a request. */
export const httpApiEvent = (routed: RoutedRequest): APIGatewayProxyEventV2 => {
  const { request, url, routeKey, body, nowMs } = routed
  const headers = headersOf(request)
  const host = headers['host'] ?? ''
  const cookies = request.headers.cookie?.split('; ')
  const isText = isTextType(headers['content-type'])
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(cookies && { cookies }),
    ...(url.search !== '' && { queryStringParameters: queryOf(url) }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: host,
      domainPrefix: host.split('.')[0] ?? '',
      http: {
        method: request.method ?? 'GET',
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date(nowMs).toISOString(),
      timeEpoch: nowMs,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
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
  const isResponse = typeof result === 'object' && result !== null && 'statusCode' in result
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
