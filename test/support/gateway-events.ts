import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import type { GatewayEvent, ScfEvent } from '../../lib/http/gateway.ts'
import { httpApiEvent as eventOf } from '../../local/cloud/http-event.ts'

/** An HTTP request, before a gateway makes an event of it. */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What differs from one gateway's settings to another's. */
export interface Wrapping {
  readonly base64?: boolean
  /** `$default`, or the first part of the path that callers use. */
  readonly stage?: string
  readonly headerCase?: 'lower' | 'title' | 'upper'
}

const spell = (name: string, { headerCase = 'lower' }: Wrapping): string => {
  if (headerCase === 'upper') return name.toUpperCase()
  const lower = name.toLowerCase()
  return headerCase === 'lower'
    ? lower
    : lower.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
}

const spelledHeaders = ({ headers = {} }: HttpRequest, wrapping: Wrapping) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [spell(name, wrapping), value] as const),
  )

const encodedBody = (body: string, { base64 = false }: Wrapping): string =>
  base64 ? Buffer.from(body).toString('base64') : body

const secondVersion = (
  request: HttpRequest,
  wrapping: Wrapping,
  domain: string,
): APIGatewayProxyEventV2 => {
  const { method, path, query = {}, body } = request
  const { base64 = false, stage = '$default' } = wrapping
  return eventOf({
    method,
    path: stage === '$default' ? path : `/${stage}${path}`,
    query: new URLSearchParams(query).toString(),
    queryParameters: query,
    headers: spelledHeaders(request, wrapping),
    host: `abc123.${domain}`,
    stage,
    sourceIp: '192.0.2.1',
    userAgent: 'ua',
    nowMs: 1_767_225_600_000,
    ...(body === undefined ? {} : { body: encodedBody(body, wrapping) }),
    isBase64Encoded: base64,
  })
}

/** API Gateway, HTTP API with payload format 2.0. */
export const httpApiEvent = (request: HttpRequest, wrapping: Wrapping = {}) =>
  secondVersion(request, wrapping, 'execute-api.eu-central-1.amazonaws.com')

/** Lambda function URL, which has no stages. */
const functionUrlEvent = (
  request: HttpRequest,
  wrapping: Omit<Wrapping, 'stage'> = {},
): APIGatewayProxyEventV2 => secondVersion(request, wrapping, 'lambda-url.eu-central-1.on.aws')

const repeated = (fields: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value]] as const))

const nobody = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  sourceIp: '192.0.2.1',
  user: null,
  userAgent: null,
  userArn: null,
}

/** API Gateway, REST API: the stage stands beside the path and not in it, and what is absent is null. */
const restEvent = (request: HttpRequest, wrapping: Wrapping = {}): APIGatewayProxyEvent => {
  const { method, path, query, body } = request
  const { base64 = false, stage = 'dev' } = wrapping
  const headers = { [spell('host', wrapping)]: 'abc123', ...spelledHeaders(request, wrapping) }
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: repeated(headers),
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: query === undefined ? null : repeated(query),
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abc123',
      authorizer: null,
      httpMethod: method,
      identity: nobody,
      path: `/${stage}${path}`,
      protocol: 'HTTP/1.1',
      requestId: 'request-1',
      requestTimeEpoch: 1_767_225_600_000,
      resourceId: 'abc',
      resourcePath: '/{proxy+}',
      stage,
    },
    body: body === undefined ? null : encodedBody(body, wrapping),
    isBase64Encoded: base64,
  }
}

/** Tencent SCF function URL. */
export const scfEvent = (
  request: HttpRequest,
  wrapping: Omit<Wrapping, 'stage'> = {},
): ScfEvent => {
  const { method, path, query = {}, body } = request
  return {
    headers: { accept: '*/*', ...spelledHeaders(request, wrapping) },
    httpMethod: method,
    path,
    queryString: query,
    ...(body === undefined ? {} : { body: encodedBody(body, wrapping) }),
    ...(wrapping.base64 ? { isBase64Encoded: true } : {}),
  }
}

export type EventOf = (request: HttpRequest, wrapping?: Wrapping) => GatewayEvent

/** Every kind of event that the HTTP functions take. */
export const gateways: readonly (readonly [name: string, eventOf: EventOf])[] = [
  ['API Gateway HTTP API', httpApiEvent],
  ['API Gateway REST API', restEvent],
  ['Lambda function URL', functionUrlEvent],
  ['Tencent SCF function URL', scfEvent],
]
