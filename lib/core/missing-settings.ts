import { sharedToken } from './api-keys.ts'
import { isReadable } from './plain-url.ts'

type Settings = Readonly<Record<string, string | undefined>>

/** What is missing for a reason that one setting alone does not show, each a sentence that begins with its name. */
export type Missing = (given: Settings) => readonly (string | false)[]

const inSecret = 'here or in the secret that SECRETS_NAME names'
const needsSecret = (given: Settings, name: string, meaning: string): string | false =>
  given[name] === undefined &&
  given['SECRETS_NAME'] === undefined &&
  `${name} is missing: ${meaning}, ${inSecret}`

/** Every function that calls the Chat service signs with the secret key. */
export const needsKey: Missing = (given) => [
  needsSecret(given, 'CHAT_SECRET_KEY', 'the secret key of the Chat application'),
]

/** Replies are kept somewhere. */
export const needsStore: Missing = (given) => [
  given['REPLIES_STORE'] === 'mysql' &&
    needsSecret(given, 'MYSQL_URL', 'mysql://user:password@host:3306/database'),
]

/** Signatures, keys and texts of users go to these. */
const carriesSecrets = [
  'CHAT_ENDPOINT',
  'SECRETS_ENDPOINT',
  'WORKER_ENDPOINT',
  'OPENAI_BASE_URL',
  'REPLY_SOURCE_URL',
  'DIFY_BASE_URL',
  'COZE_BASE_URL',
  'ADP_URL',
]

/** What carries secrets or texts goes by https, unless somebody allows http. */
export const needsTls: Missing = (given) =>
  carriesSecrets.map((name) => {
    return (
      isReadable(given[name] ?? '') &&
      given['ALLOW_HTTP'] !== '1' &&
      `${name} must begin with https://, since keys and texts go there: use https, or set ALLOW_HTTP=1 where nobody can listen on the way`
    )
  })

/** A token with two names would have the rights of both. */
export const needsOwnTokens: Missing = (given) => {
  const shared = sharedToken(given['REPLIES_API_KEYS'], given['REPLIES_API_TOKEN'])
  return [shared !== undefined && `REPLIES_API_KEYS ${shared}`]
}

const isOfTencent = (secret = ''): boolean => secret.startsWith('tencent:')
/** Whatever lies on Tencent Cloud is asked in a region. */
export const needsRegion: Missing = (given) => [
  given['WORKER_REGION'] === undefined &&
    (given['WORKER_FUNCTION'] !== undefined || isOfTencent(given['SECRETS_NAME'])) &&
    "WORKER_REGION is missing: the worker's Tencent Cloud region, for WORKER_FUNCTION",
]

/** Work is handed over by a queue or by an invocation. */
export const needsQueue: Missing = (given) => [
  given['REPLIES_QUEUE_URL'] === undefined &&
    given['WORKER_FUNCTION'] === undefined &&
    'REPLIES_QUEUE_URL is missing: the URL of the SQS FIFO queue (on Tencent SCF, WORKER_FUNCTION)',
  ...needsRegion(given),
]

/** Each source of replies has settings of its own. */
export const needsSource: Missing = (given) => {
  const needs = (source: string, name: string, meaning: string): string | false =>
    given['REPLY_SOURCE'] === source &&
    given[name] === undefined &&
    `${name} is missing: ${meaning}, for REPLY_SOURCE=${source}`
  const needsKeyOf = (source: string, name: string, meaning: string): string | false =>
    given['REPLY_SOURCE'] === source && needsSecret(given, name, meaning)
  return [
    needs('openai', 'OPENAI_MODEL', "the model's name"),
    needs('http', 'REPLY_SOURCE_URL', 'where turns are posted to'),
    needsKeyOf('http', 'REPLIES_WEBHOOK_SECRET', 'what turns are signed with'),
    needsKeyOf('dify', 'DIFY_API_KEY', 'the API key of the app'),
    needsKeyOf('coze', 'COZE_API_TOKEN', 'a token that may chat'),
    needs('coze', 'COZE_BOT_ID', 'the number of the bot'),
    needsKeyOf('adp', 'ADP_APP_KEY', 'the key of the application'),
  ]
}

/** Tencent's callbacks are signed with a token. */
export const needsToken: Missing = (given) => [
  needsSecret(given, 'CHAT_CALLBACK_TOKEN', "the token that signs Tencent's callbacks"),
]
