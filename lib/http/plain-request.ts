import * as v from 'valibot'
import { fieldsOf } from '../core/json.ts'

/** The largest body that is taken, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024

/** What a larger body hears. */
export const TOO_LARGE = `the body must not be larger than ${MAX_BODY_BYTES} bytes`

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
    http: v.object({ method: v.string(), sourceIp: v.nullish(v.string()) }),
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
  requestContext: v.optional(v.unknown()),
})

type SecondVersion = v.InferOutput<typeof secondVersion>
type FirstVersion = v.InferOutput<typeof firstVersion>

export type Fields = v.InferOutput<typeof fields>
export type RepeatedFields = v.InferOutput<typeof repeatedFields>

/** What every kind of event is brought to. */
export interface PlainRequest {
  /** In upper case. */
  readonly method: string
  readonly path: string
  /** Encoded, without the question mark. */
  readonly query: string
  readonly headers: Fields
  /** The headers again, each with all its values, from gateways that tell them apart; empty from the others. */
  readonly repeatedHeaders: RepeatedFields
  readonly body: Buffer
  /** Who the gateway says that it heard; absent where it does not say. */
  readonly address: string | undefined
}

/**
 * Reads an event of API Gateway REST (v1), HTTP API and function URL (v2), or SCF function URL, told apart by shape;
 * `undefined` for any other. Makes no `Headers` or `Request`: Node loads those when they are first used, which takes longer
 * than everything else that a function may do before its first answer.
 */
export const parseEvent = (event: unknown): PlainRequest | undefined => {
  const second = v.safeParse(secondVersion, event)
  if (second.success) return fromSecondVersion(second.output)
  const first = v.safeParse(firstVersion, event)
  return first.success ? fromFirstVersion(first.output) : undefined
}

const fromSecondVersion = (event: SecondVersion): PlainRequest => ({
  method: event.requestContext.http.method.toUpperCase(),
  path: withoutStage(event.rawPath, event.requestContext.stage),
  query: event.rawQueryString,
  headers: event.headers,
  repeatedHeaders: {},
  body: bodyOf(event),
  address: event.requestContext.http.sourceIp ?? undefined,
})

const fromFirstVersion = (event: FirstVersion): PlainRequest => ({
  method: event.httpMethod.toUpperCase(),
  path: event.path,
  query: queryOf(
    { ...event.queryStringParameters, ...event.queryString },
    event.multiValueQueryStringParameters,
  ),
  headers: event.headers,
  repeatedHeaders: event.multiValueHeaders,
  body: bodyOf(event),
  address: addressOf(event),
})

/**
 * API Gateway says it beside the headers, where callers cannot; SCF, whose events have no such context, in one of its own. Where
 * that is there twice with two addresses a caller has added one, and nobody can tell which: then there is none.
 */
const addressOf = ({ requestContext, headers }: FirstVersion): string | undefined => {
  const { identity } = fieldsOf(requestContext)
  if (identity !== undefined) {
    const { sourceIp } = fieldsOf(identity)
    return typeof sourceIp === 'string' ? sourceIp : undefined
  }
  const own = Object.entries(headers).filter(([name]) => name.toLowerCase() === SCF_ADDRESS)
  const [address, ...others] = new Set(own.map(([, value]) => value?.trim()))
  return others.length > 0 || address?.includes(',') ? undefined : address
}

const SCF_ADDRESS = 'x-scf-remote-addr'

const bodyOf = ({ body, isBase64Encoded }: SecondVersion | FirstVersion): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')

/** An HTTP API with a named stage puts its name before the path. */
const withoutStage = (path: string, stage: string): string =>
  path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path

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
