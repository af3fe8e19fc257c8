import type { SecretField, SecretName } from '../../lib/adapters/aws/aws-secrets.ts'
import type { Finding } from '../doctor/finding.ts'
import type { Environment } from './deployment.ts'
import type { ReadSecret } from './secret-reader.ts'

const about = { id: 'secret', title: 'Secret' }
const MAKE = 'npx tencent-chat-stream secrets --json > secret.json'

interface Field {
  readonly name: SecretName | SecretField
  /** Why nothing works without it; absent where something does. */
  readonly meaning?: string
}

const doors = ['REPLIES_API_TOKEN', 'REPLIES_API_KEYS', 'REPLIES_WEBHOOK_SECRET'] as const

/** What the functions read, and what they cannot do without. */
const fieldsFor = (told: Environment): readonly Field[] => [
  { name: 'CHAT_SECRET_KEY', meaning: 'the secret key of the Chat application' },
  { name: 'CHAT_CALLBACK_TOKEN', meaning: "the token that signs Tencent's callbacks" },
  { name: 'REPLIES_API_TOKEN' },
  { name: 'REPLIES_API_KEYS' },
  told['REPLY_SOURCE'] === 'http'
    ? { name: 'REPLIES_WEBHOOK_SECRET', meaning: 'what turns are signed with' }
    : { name: 'REPLIES_WEBHOOK_SECRET' },
  told['REPLY_SOURCE'] === 'openai' && !told['OPENAI_BASE_URL']
    ? { name: 'OPENAI_API_KEY', meaning: 'the key of api.openai.com' }
    : { name: 'OPENAI_API_KEY' },
]

/** Reads every field as the functions will, `ofBots` among them: is it there, and strong enough? Shows no value. */
export const checkSecret = async (
  told: Environment,
  read: ReadSecret,
  ofBots: readonly SecretField[] = [],
): Promise<Finding> => {
  const secretsName = told['SECRETS_NAME']
  const where = secretsName ?? 'the variables'
  const fields = [
    ...fieldsFor(told),
    ...ofBots.map((name) => ({ name, meaning: 'the file of the bots asks for it' })),
  ]
  const found = await Promise.all(fields.map((field) => readField(field, read)))

  const problems = [...new Set(found.flatMap(({ problem }) => problem ?? []))]
  if (problems.some((problem) => /AccessDenied|UnauthorizedOperation/.test(problem))) {
    return { ...about, verdict: 'unknown', heard: `Who deploys may not read ${where}.` }
  }
  if (problems.length > 0) {
    const heard = problems.join('\n')
    return { ...about, verdict: 'wrong', heard, mend: mendOf(secretsName, problems) }
  }
  const there = found.flatMap(({ name, isThere }) => (isThere ? [name] : []))
  const heard = `${where}: ${there.join(', ')}.`
  if (doors.some((name) => there.includes(name))) return { ...about, verdict: 'right', heard }
  const so = `Without ${doors.join(', ')} the replies API lets nobody in; the bot answers all the same.`
  return { ...about, verdict: 'right', heard, so }
}

interface ReadField {
  /** As it is spelt in the secret. */
  readonly name: string
  readonly isThere: boolean
  readonly problem?: string
}

const readField = async ({ name: asked, meaning }: Field, read: ReadSecret): Promise<ReadField> => {
  const name = asked.replace('field:', '')
  try {
    const isThere = (await read(asked)) !== undefined
    if (isThere || meaning === undefined) return { name, isThere }
    return { name, isThere, problem: `${name} is missing: ${meaning}` }
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'The secret cannot be read.'
    return { name, isThere: false, problem }
  }
}

const mendOf = (secretsName: string | undefined, problems: readonly string[]): string => {
  const isAbsent = problems.some((problem) => problem.includes('NotFound'))
  if (secretsName === undefined) return 'Set them as variables, or name a secret: SECRETS_NAME.'
  if (secretsName.startsWith('tencent:')) {
    return `Mend the secret ${secretsName} in the console of Tencent's Secrets Manager (docs/scf.md, step 5).`
  }
  if (secretsName.startsWith('/')) {
    return `${MAKE}, add what is missing, then: aws ssm put-parameter --overwrite --type SecureString --name ${secretsName} --value file://secret.json`
  }
  return isAbsent
    ? `${MAKE}, add CHAT_SECRET_KEY, then: aws secretsmanager create-secret --name ${secretsName} --secret-string file://secret.json`
    : `Write all fields again, then: aws secretsmanager put-secret-value --secret-id ${secretsName} --secret-string file://secret.json`
}
