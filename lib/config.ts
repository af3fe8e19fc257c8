import * as v from 'valibot'
import { type BotsFile, packagedBots, secretFieldIn } from './config/bots.ts'
import { conversationVariables, limitVariables, mayBeEmpty } from './config/conversation.ts'
import {
  isStrong,
  json,
  off,
  on,
  oneOf,
  pattern,
  required,
  secretOf,
  url,
  withDefault,
} from './config/kinds.ts'
import { noticeVariables } from './config/notices.ts'
import { sourceVariables } from './config/source.ts'
import { awsVariables, notNeeded, storeVariables, tableVariables } from './config/store.ts'
import { groupStream, wayVariables } from './config/ways.ts'
import {
  type Missing,
  needsKey,
  needsOwnTokens,
  needsQueue,
  needsRegion,
  needsSource,
  needsStore,
  needsTls,
  needsToken,
} from './core/missing-settings.ts'
import { tencentRegions } from './core/tencent-endpoints.ts'

const secretsName = v.optional(
  pattern(
    /^[\w/+=.@:-]+$/,
    'must name a secret, a parameter after a /, or a secret after tencent:',
  ),
)
/** How work is handed to another invocation: by a queue or, where the platform has none, by invoking the worker. */
const handingOver = {
  REPLIES_QUEUE_URL: v.optional(url),
  WORKER_FUNCTION: v.optional(
    pattern(/^[A-Za-z][\w-]{0,58}[A-Za-z\d]$/, 'must be the name of an SCF function'),
  ),
  WORKER_REGION: v.optional(
    pattern(/^[a-z\d-]+$/, 'must be a Tencent Cloud region such as ap-singapore'),
  ),
  WORKER_ENDPOINT: v.optional(url),
}
const sdkAppId = v.pipe(
  required('the SDKAppID of the Chat application'),
  v.regex(/^[1-9]\d{0,14}$/, 'must be the SDKAppID, a whole number'),
  v.transform(Number),
)
const webhookSecret = secretOf('REPLIES_WEBHOOK_SECRET')

const MAP_RULE =
  'must be a JSON object that says where from, to or group, text or chunks, and if need be replyId and charsPerSecond stand, such as {"from":"@RBT#shop","to":"$.user","text":"$.answer"}'
/** See lib/http/mapped-body.ts. */
const webhookMap = v.optional(
  v.pipe(
    v.string(),
    json(MAP_RULE),
    v.record(
      v.picklist(['replyId', 'from', 'to', 'group', 'text', 'chunks', 'charsPerSecond'], MAP_RULE),
      v.string(MAP_RULE),
      MAP_RULE,
    ),
    v.check(
      (map) =>
        'from' in map && ('to' in map || 'group' in map) && ('text' in map || 'chunks' in map),
      MAP_RULE,
    ),
  ),
)

/** What every function needs. */
const common = {
  /** What logs and metrics call the service. */
  POWERTOOLS_SERVICE_NAME: v.optional(v.string(), 'tencent-chat-stream'),
  ...awsVariables,
  AWS_SESSION_TOKEN: v.optional(v.string()),
  AWS_ENDPOINT_URL: v.optional(url),
  AWS_ENDPOINT_URL_DYNAMODB: v.optional(url),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: v.optional(url),
  AWS_ENDPOINT_URL_SSM: v.optional(url),
  AWS_ENDPOINT_URL_SQS: v.optional(url),
}

/** What calls of the Chat service need. */
const calling = {
  CHAT_SDK_APP_ID: sdkAppId,
  CHAT_ADMIN: v.optional(
    v.pipe(v.string(), v.maxBytes(32, 'must be a UserID of at most 32 bytes')),
    'administrator',
  ),
  CHAT_SECRET_KEY: v.optional(
    v.pipe(pattern(/^\S+$/, 'must not hold white space'), isStrong('CHAT_SECRET_KEY')),
  ),
  SECRETS_NAME: secretsName,
  SECRETS_ENDPOINT: v.optional(url),
  CHAT_REGION: v.optional(
    v.picklist(tencentRegions, `must be one of ${tencentRegions.join(', ')}`),
    'singapore',
  ),
  CHAT_ENDPOINT: v.optional(url),
  ALLOW_HTTP: off,
}

/** What every function that writes replies needs. */
export const writing = {
  ...calling,
  ...tableVariables,
  ...storeVariables,
  ...handingOver,
  REPLIES_API_TOKEN: secretOf('REPLIES_API_TOKEN'),
  REPLIES_API_KEYS: secretOf('REPLIES_API_KEYS'),
  REPLIES_WEBHOOK_SECRET: webhookSecret,
  REPLIES_WEBHOOK_MAP: webhookMap,
  ...wayVariables,
  MIN_GAP_MS: withDefault(200, 0, 60_000),
  CALLS_PER_SECOND: withDefault(200, 1, 100_000),
  MESSAGE_BYTES: withDefault(11_264, 2_048, 131_072),
  LEASE_MS: withDefault(15_000, 1_000, 900_000),
  HAND_OVER_MS: withDefault(10_000, 0, 800_000),
  IN_DOUBT: oneOf('verify', 'resend', 'skip'),
  CHECKPOINT: oneOf('auto', 'each'),
  SMOOTH_MARKDOWN: on,
  LOG_TEXT: off,
  ...noticeVariables,
  ...common,
}

/** What the function that answers users' messages needs beside that. */
export const answering = <Source extends string>(sources: readonly Source[]) => ({
  ...writing,
  ...sourceVariables(sources),
  ...conversationVariables(),
})

/** What the function that takes Tencent's callbacks needs. */
export const receiving = {
  /** Called only for the list of CALLBACK_IP_LIST. */
  ...calling,
  /** Callbacks are taken from the addresses that Tencent lists alone. */
  CALLBACK_IP_LIST: off,
  CHAT_CALLBACK_TOKEN: secretOf('CHAT_CALLBACK_TOKEN'),
  ...tableVariables,
  ...storeVariables,
  ...limitVariables,
  LOG_TEXT: off,
  GROUP_STREAM: groupStream,
  ...handingOver,
  ...common,
}

/** The environment as contract and README name it, checked. Read once, when the function starts cold. */
export type Config = v.InferOutput<v.ObjectSchema<typeof writing, undefined>>
export type WorkerConfig<Source extends string = string> = v.InferOutput<
  v.ObjectSchema<ReturnType<typeof answering<Source>>, undefined>
>
export type WebhookConfig = v.InferOutput<v.ObjectSchema<typeof receiving, undefined>>

/**
 * Reads the environment. Throws one Error that names every missing or malformed variable; it shows no value, since a secret
 * may stand in the wrong place.
 */
const read = <Entries extends v.ObjectEntries>(
  entries: Entries,
  env: NodeJS.ProcessEnv,
  missing: Missing,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> => {
  // An empty variable is how deployment tools spell an absent one.
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== '' || mayBeEmpty.has(name)),
  )
  // Only a variable that is there, if only as undefined, is asked for in its own words.
  const asked = Object.fromEntries(Object.keys(entries).map((name) => [name, given[name]]))
  const region = given['AWS_REGION'] ?? given['AWS_DEFAULT_REGION']
  // Of what is not needed an empty text is made, which is of the same kind.
  const needed = { ...entries, ...notNeeded(given) } as Entries
  const parsed = v.safeParse(v.object(needed), { ...asked, AWS_REGION: region })
  const problems = [
    ...(parsed.issues ?? []).map((issue) => `${v.getDotPath(issue)} ${issue.message}`),
    ...[...needsStore(given), ...missing(given)].filter((problem) => problem !== false),
  ]
  if (parsed.success && problems.length === 0) return parsed.output
  throw new Error(`The environment is not right:\n  ${problems.join('\n  ')}`)
}

/** For the functions that write replies. */
export const readConfig = (env: NodeJS.ProcessEnv = process.env): Config =>
  read(writing, env, (given) => [
    ...needsKey(given),
    ...needsOwnTokens(given),
    ...needsRegion(given),
    ...needsTls(given),
  ])

/** For the function that works on the queue; `sources` are the names that `REPLY_SOURCE` may have. */
export const readWorkerConfig = <Source extends string>(
  sources: readonly Source[],
  env: NodeJS.ProcessEnv = process.env,
): WorkerConfig<Source> =>
  read(answering(sources), env, (given) => [
    ...needsQueue(given),
    ...needsKey(given),
    ...needsOwnTokens(given),
    ...needsSource(given),
    ...needsTls(given),
  ])

/** One bot as its worker sees it. */
export interface BotConfig<Source extends string> {
  readonly config: WorkerConfig<Source>
  /** Its own keys: values, or names of fields of the secret. */
  readonly secrets: ReadonlyMap<string, { readonly value: string } | { readonly field: string }>
}

/**
 * The bots of `bots.yml`, by account: the environment, with what the file says of each in the place of its own. Throws one Error
 * that names every problem with its line.
 */
export const readBotConfigs = <Source extends string>(
  sources: readonly Source[],
  file: BotsFile | undefined = packagedBots(),
  env: NodeJS.ProcessEnv = process.env,
): ReadonlyMap<string, BotConfig<Source>> => {
  const problems: string[] = []
  const bots = new Map<string, BotConfig<Source>>()
  for (const [bot, { line, fields }] of Object.entries(file?.bots ?? {})) {
    const given = Object.entries(fields).map(([name, { value }]) => ({ name, value }))
    const own = given.map(({ name, value }) => [name, secretFieldIn(value) ? '' : value] as const)
    const secrets = given.map(({ name, value }) => {
      const field = secretFieldIn(value)
      return [name, field === undefined ? { value } : { field }] as const
    })
    try {
      const config = readWorkerConfig(sources, { ...env, ...Object.fromEntries(own) })
      bots.set(bot, { config, secrets: new Map(secrets) })
    } catch (error) {
      for (const problem of problemsIn(error)) {
        const at = fields[problem.split(' ', 1)[0] ?? '']?.line ?? line
        problems.push(`${file?.file}:${at}: ${bot}: ${problem}`)
      }
    }
  }
  if (problems.length === 0) return bots
  throw new Error(`The bots are not right:\n  ${problems.join('\n  ')}`)
}

const problemsIn = (error: unknown): readonly string[] => {
  if (!(error instanceof Error)) throw error
  const [, ...problems] = error.message.split('\n  ')
  return problems
}

/** For the function that takes Tencent's callbacks. */
export const readWebhookConfig = (env: NodeJS.ProcessEnv = process.env): WebhookConfig =>
  read(receiving, env, (given) => [
    ...needsQueue(given),
    ...needsToken(given),
    ...(given['CALLBACK_IP_LIST'] === '1' ? needsKey(given) : []),
    ...needsTls(given),
  ])

/**
 * What Tencent SCF gives a function with a role to sign with; `undefined` without one. Read it for each call, since the
 * platform replaces it while an instance lives.
 */
export const readRoleCredentials = (env: NodeJS.ProcessEnv = process.env) => {
  const secretId = env['TENCENTCLOUD_SECRETID']
  const secretKey = env['TENCENTCLOUD_SECRETKEY']
  const token = env['TENCENTCLOUD_SESSIONTOKEN']
  if (!secretId || !secretKey) return undefined
  return { secretId, secretKey, ...(token ? { token } : {}) }
}
