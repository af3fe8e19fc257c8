import { sharedToken } from '../../core/api-keys.ts'
import { fieldsOf, isObject, parsedJson, scalarText } from '../../core/json.ts'
import { secretProblem } from '../../core/secret-rules.ts'
import type { Clock } from '../../ports.ts'
import { keepSecret } from '../runtime/known-secrets.ts'
import { TENCENT_SECRET } from '../scf/tencent-secret.ts'
import { AwsError } from './aws-error.ts'
import type { AwsCall } from './aws-json-client.ts'

/** What a secret may hold: keys, tokens, and the system prompt, which is nobody's business who may read a template. */
export const secretNames = [
  'CHAT_SECRET_KEY',
  'CHAT_CALLBACK_TOKEN',
  'REPLIES_API_TOKEN',
  'REPLIES_API_KEYS',
  'REPLIES_WEBHOOK_SECRET',
  'OPENAI_API_KEY',
  'DIFY_API_KEY',
  'COZE_API_TOKEN',
  'ADP_APP_KEY',
  'MYSQL_URL',
  'SYSTEM_PROMPT',
] as const

export type SecretName = (typeof secretNames)[number]

/** Any other field of the secret, for one bot among several. */
export type SecretField = `field:${string}`

type Secrets = { readonly [Name in SecretName | SecretField]?: string | undefined }

/** Where the keys and tokens come from. */
export interface SecretReader {
  /**
   * `undefined` when neither the environment nor the secret has it. The secret is read once; `fresh` reads it again, though
   * not within 10 s of the last time. Throws `OutOfReach` when the service does not answer, and an `Error` that says what
   * is wrong with SECRETS_NAME, also a value that is too weak, without any of its content.
   */
  read(name: SecretName | SecretField, fresh?: boolean): Promise<string | undefined>
}

export interface SecretReaderOptions {
  readonly env: { readonly [Name in SecretName]?: string | undefined }
  /** A secret of Secrets Manager or, beginning with `/`, a SecureString of SSM, or, with `tencent:`, a secret of Tencent Cloud. */
  readonly secretsName?: string | undefined
  readonly callSecretsManager: AwsCall
  readonly callSsm: AwsCall
  /** Resolves with the text of a secret of Tencent Cloud; throws as `read` does. */
  readonly readTencentSecret: (name: string) => Promise<unknown>
  readonly clock: Pick<Clock, 'now'>
}

const REFRESH_AFTER_MS = 10_000

const malformed = (what: string): Error => new Error(`SECRETS_NAME: ${what}.`)

const parseSecrets = (content: unknown): Secrets => {
  if (typeof content !== 'string') throw malformed('the secret holds no text')
  const parsed = parsedJson(content)
  if (!isObject(parsed) || Array.isArray(parsed)) {
    throw malformed('the secret is not a JSON object')
  }
  const secrets: Partial<Record<SecretName | SecretField, string>> = {}
  for (const name of secretNames) {
    const value = parsed[name]
    if (value === undefined) continue
    secrets[name] = textOf(name, value)
  }
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === 'string') secrets[`field:${name}`] = value
  }
  return secrets
}

const textOf = (name: SecretName, value: unknown): string => {
  if (typeof value === 'string') return value
  // The keys are an object in the secret, and its text in the environment.
  if (name === 'REPLIES_API_KEYS') return JSON.stringify(value)
  throw malformed(`${name} in the secret is not a string`)
}

/** A field for one bot is in the secret alone. */
const givenIn = (
  env: SecretReaderOptions['env'],
  name: SecretName | SecretField,
): string | undefined => {
  const own = secretNames.find((one) => one === name)
  return own && env[own]
}

/** Looked at for whom it is of use alone: a weak token of the API must not stop the worker. */
const usable = (name: SecretName | SecretField, value: string | undefined): string | undefined => {
  if (!value) return undefined
  const problem = secretProblem(name, value)
  if (problem !== undefined) throw malformed(`${name} in the secret ${problem}`)
  return value
}

/** Where the environment holds some and the secret others, only whoever reads the secret sees both. */
const refuseSharedToken = (
  name: SecretName | SecretField,
  env: Secrets,
  secrets: Secrets,
): void => {
  if (name !== 'REPLIES_API_KEYS' && name !== 'REPLIES_API_TOKEN') return
  const found = (one: SecretName): string | undefined => env[one] || secrets[one]
  const problem = sharedToken(found('REPLIES_API_KEYS'), found('REPLIES_API_TOKEN'))
  if (problem !== undefined) throw malformed(`with the secret, REPLIES_API_KEYS ${problem}`)
}

/** What of a secret nobody may be shown: names of keys, and a prompt's words, are words of the log as well. */
const secretsIn = (name: SecretName | SecretField, secret: string): readonly string[] => {
  if (name === 'SYSTEM_PROMPT') return []
  if (name !== 'REPLIES_API_KEYS') return [secret]
  return Object.values(fieldsOf(parsedJson(secret))).map((key) =>
    scalarText(fieldsOf(key)['token']),
  )
}

/** Reads keys and tokens from the environment, which wins, and from one secret of either cloud. */
export const secretReader = (options: SecretReaderOptions): SecretReader => {
  const { env, secretsName, callSecretsManager, callSsm, readTencentSecret, clock } = options
  /** The last reading that brought something. */
  let known: Promise<Secrets> | undefined
  /** The last one begun. */
  let latest: Promise<Secrets> | undefined
  let readAtMs = 0

  const fetchContent = async (name: string): Promise<unknown> => {
    if (name.startsWith(TENCENT_SECRET)) return readTencentSecret(name.slice(TENCENT_SECRET.length))
    if (name.startsWith('/')) {
      const input = { Name: name, WithDecryption: true }
      const { Parameter } = fieldsOf(await callSsm('AmazonSSM.GetParameter', input))
      return fieldsOf(Parameter)['Value']
    }
    const input = { SecretId: name }
    return fieldsOf(await callSecretsManager('secretsmanager.GetSecretValue', input))[
      'SecretString'
    ]
  }

  const fetchSecrets = async (name: string): Promise<Secrets> => {
    try {
      return parseSecrets(await fetchContent(name))
    } catch (error) {
      // What the service says may name the account and the role, which are no business of a log.
      if (error instanceof AwsError)
        throw malformed(`the service answered ${error.name}; check name and permission`)
      throw error
    }
  }

  const startReading = (name: string): Promise<Secrets> => {
    readAtMs = clock.now()
    const started = fetchSecrets(name)
    latest = started
    started.then(
      () => {
        if (latest === started) known = started
      },
      // A failure is not kept: what is known stays, and where nothing is, the next invocation asks again.
      () => {
        if (latest === started) latest = known
      },
    )
    return started
  }

  const find = async (
    name: SecretName | SecretField,
    fresh: boolean,
  ): Promise<string | undefined> => {
    const given = givenIn(env, name)
    if (given) return given
    if (!secretsName) return undefined
    const isStale = fresh && clock.now() - readAtMs >= REFRESH_AFTER_MS
    // Whoever sends a forged signature makes somebody read again: nobody else waits for that, or fails with it.
    const held = fresh ? latest : (known ?? latest)
    const secrets = await (held === undefined || isStale ? startReading(secretsName) : held)
    refuseSharedToken(name, env, secrets)
    return usable(name, secrets[name])
  }

  return {
    async read(name, fresh = false) {
      const secret = await find(name, fresh)
      if (secret !== undefined) for (const part of secretsIn(name, secret)) keepSecret(part)
      return secret
    },
  }
}
