import * as v from 'valibot'
import { tencentRegions } from './adapters/tencent-endpoints.ts'
import { DEFAULT_NOTICES } from './core/notice.ts'

/** The environment as contract and README name it, checked. Read once, when the function starts cold. */
export type Config = v.InferOutput<typeof variables>

const integer = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, `must be a whole number from ${least} to ${most}`),
    v.transform(Number),
    v.minValue(least, `must be a whole number from ${least} to ${most}`),
    v.maxValue(most, `must be a whole number from ${least} to ${most}`),
  )
const withDefault = (fallback: number, least: number, most: number) =>
  v.optional(integer(least, most), String(fallback))
const required = (meaning: string) => v.string(`is missing: ${meaning}`)
const isPlainHttp = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, username, search } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && search === ''
}
const url = v.pipe(
  v.string(),
  v.check(isPlainHttp, 'must be a URL such as https://example.com, without user or query'),
)
const pattern = (rule: RegExp, meaning: string) => v.pipe(v.string(), v.regex(rule, meaning))
/** One or, while rotating, several, comma-separated. */
const listOf = (item: RegExp, meaning: string) =>
  v.pipe(
    v.string(),
    v.check((list) => list.split(',').every((part) => item.test(part.trim())), meaning),
  )
/** A notice must fit into the room that is kept free to close a message with it. */
const notice = (fallback: string) =>
  v.optional(v.pipe(v.string(), v.maxLength(100, 'must have at most 100 characters')), fallback)

const entries = {
  CHAT_SDK_APP_ID: v.pipe(
    required('the SDKAppID of the Chat application'),
    v.regex(/^[1-9]\d{0,14}$/, 'must be the SDKAppID, a whole number'),
    v.transform(Number),
  ),
  CHAT_ADMIN: v.optional(
    v.pipe(v.string(), v.maxBytes(32, 'must be a UserID of at most 32 bytes')),
    'administrator',
  ),
  CHAT_SECRET_KEY: v.optional(pattern(/^\S+$/, 'must not hold white space')),
  SECRETS_NAME: v.optional(
    pattern(/^[\w/+=.@:-]+$/, 'must be the name of a secret, or of a parameter after a /'),
  ),
  CHAT_REGION: v.optional(
    v.picklist(tencentRegions, `must be one of ${tencentRegions.join(', ')}`),
    'singapore',
  ),
  CHAT_ENDPOINT: v.optional(url),
  REPLIES_TABLE: v.pipe(
    required('the name of the DynamoDB table'),
    v.regex(/^[\w.:/-]{3,1024}$/, 'must be the name of a DynamoDB table'),
  ),
  REPLIES_QUEUE_URL: v.optional(url),
  REPLIES_API_TOKEN: v.optional(
    listOf(/^[\x21-\x7e]+$/, 'must be one token or several, comma-separated, without white space'),
  ),
  REPLIES_WEBHOOK_SECRET: v.optional(
    listOf(
      /^(whsec_)?([A-Za-z\d+/]{4})*[A-Za-z\d+/]{2}([A-Za-z\d+/]{2}|[A-Za-z\d+/]=|==)$/,
      'must be whsec_ and base64, or several of that, comma-separated',
    ),
  ),
  MIN_GAP_MS: withDefault(200, 0, 60_000),
  CALLS_PER_SECOND: withDefault(200, 1, 100_000),
  MESSAGE_BYTES: withDefault(11_264, 2_048, 131_072),
  LEASE_MS: withDefault(15_000, 1_000, 900_000),
  HAND_OVER_MS: withDefault(10_000, 0, 800_000),
  IN_DOUBT: v.optional(
    v.picklist(['verify', 'resend', 'skip'], 'must be one of verify, resend, skip'),
    'verify',
  ),
  NOTICE_EMPTY: notice(DEFAULT_NOTICES.empty),
  NOTICE_FAILED: notice(DEFAULT_NOTICES.failed),
  NOTICE_INTERRUPTED: notice(DEFAULT_NOTICES.interrupted),
  AWS_REGION: v.pipe(
    required('the AWS region of the table, such as ap-southeast-1'),
    v.regex(/^[a-z\d-]+$/, 'must be an AWS region such as ap-southeast-1'),
  ),
  AWS_ACCESS_KEY_ID: required('AWS credentials'),
  AWS_SECRET_ACCESS_KEY: required('AWS credentials'),
  AWS_SESSION_TOKEN: v.optional(v.string()),
  AWS_ENDPOINT_URL: v.optional(url),
  AWS_ENDPOINT_URL_DYNAMODB: v.optional(url),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: v.optional(url),
  AWS_ENDPOINT_URL_SSM: v.optional(url),
  AWS_ENDPOINT_URL_SQS: v.optional(url),
}

const variables = v.pipe(
  v.object(entries),
  v.forward(
    v.partialCheck(
      [['CHAT_SECRET_KEY'], ['SECRETS_NAME']],
      (env) => env.CHAT_SECRET_KEY !== undefined || env.SECRETS_NAME !== undefined,
      'is missing: the secret key of the Chat application, here or in the secret that SECRETS_NAME names',
    ),
    ['CHAT_SECRET_KEY'],
  ),
)

/**
 * Reads the environment. Throws one Error that names every missing or malformed variable; it shows no value, since a secret
 * may stand in the wrong place.
 */
export const readConfig = (
  env: NodeJS.ProcessEnv = process.env,
  needed: readonly 'REPLIES_QUEUE_URL'[] = [],
): Config => {
  // An empty variable is how deployment tools spell an absent one.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  // Only a variable that is there, if only as undefined, is asked for in its own words.
  const asked = Object.fromEntries(Object.keys(entries).map((name) => [name, given[name]]))
  const region = given['AWS_REGION'] ?? given['AWS_DEFAULT_REGION']
  const read = v.safeParse(variables, { ...asked, AWS_REGION: region })
  const missing = needed.filter((name) => given[name] === undefined)
  if (read.success && missing.length === 0) return read.output

  const problems = [
    ...(read.issues ?? []).map((issue) => `${v.getDotPath(issue)} ${issue.message}`),
    ...missing.map((name) => `${name} is missing: the URL of the SQS FIFO queue`),
  ]
  throw new Error(`The environment is not right:\n  ${problems.join('\n  ')}`)
}

/** The same for the function that works on the queue. */
export const readWorkerConfig = (): Config => readConfig(process.env, ['REPLIES_QUEUE_URL'])
