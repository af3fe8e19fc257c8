import { sourceNames } from '../../lib/compose/worker.ts'
import { readConfig, readWebhookConfig, readWorkerConfig, variableNames } from '../../lib/config.ts'
import type { Service, ServiceFunction } from './service.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The variables of each function, by its key, or what is wrong with them. */
export type FunctionVariables =
  | { readonly variables: Readonly<Record<string, Readonly<Record<string, string>>>> }
  | { readonly problems: readonly string[] }

interface Needs {
  readonly names: readonly string[]
  readonly read: (env: NodeJS.ProcessEnv) => unknown
}

const needs: Readonly<Record<string, Needs>> = {
  replies: { names: variableNames.writing, read: readConfig },
  sweeper: { names: variableNames.writing, read: readConfig },
  webhook: { names: variableNames.receiving, read: readWebhookConfig },
  worker: { names: variableNames.answering, read: (env) => readWorkerConfig(sourceNames, env) },
}

/** What SCF takes, names and values together, but for what the deployment itself notes there. */
const LIMIT_BYTES = 4_000

/** What `serverless.yml` says of these stands in the cloud of its template. */
const onlyThere: ReadonlySet<string> = new Set(['SECRETS_NAME', 'REPLIES_QUEUE_URL'])

/**
 * What the functions are told: the variables of this environment, else those of `serverless.yml`, each function only those that
 * it reads. The functions' own readers check them.
 */
export const functionVariables = (
  { functions }: Service,
  env: Environment,
  region: string,
): FunctionVariables => {
  const worker = functions.find(({ key }) => key === 'worker')?.name
  const handingOver = worker ? { WORKER_FUNCTION: worker, WORKER_REGION: region } : {}
  const given: Environment = {
    ...env,
    AWS_REGION: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'],
    REPLIES_QUEUE_URL: undefined,
    ...handingOver,
  }
  const all = functions.map((one) => [one.key, variablesOf(one, given)] as const)
  const problems = [
    ...temporaryCredentials(env),
    ...functions.flatMap(({ key }, n) => problemsOf(key, all[n]?.[1] ?? {})),
  ]
  return problems.length > 0
    ? { problems: [...new Set(problems)] }
    : { variables: Object.fromEntries(all) }
}

const variablesOf = (
  { key, variables }: ServiceFunction,
  given: Environment,
): Record<string, string> =>
  Object.fromEntries(
    (needs[key]?.names ?? []).flatMap((name) => {
      const value = given[name] || (onlyThere.has(name) ? undefined : variables[name])
      return value ? [[name, value] as const] : []
    }),
  )

const temporaryCredentials = (env: Environment): readonly string[] =>
  env['AWS_SESSION_TOKEN']
    ? [
        'AWS_SESSION_TOKEN is set: temporary credentials would run out in the functions. ' +
          'Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user who may use the table alone',
      ]
    : []

const problemsOf = (key: string, variables: Readonly<Record<string, string>>) => {
  const read = needs[key]?.read
  if (read === undefined) return [`serverless.yml: nobody knows which variables ${key} reads`]
  const bytes = Object.entries(variables).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  const tooLarge =
    `the variables of ${key} have ${bytes} bytes, and SCF takes ${LIMIT_BYTES}: ` +
    'put the secrets into a secret of AWS that SECRETS_NAME names, or shorten SYSTEM_PROMPT'
  return [...(bytes > LIMIT_BYTES ? [tooLarge] : []), ...saidBy(() => read(variables))]
}

/** The lines of a reader's message, but for the first. */
const saidBy = (read: () => unknown): readonly string[] => {
  try {
    read()
    return []
  } catch (error) {
    const [first = '', ...lines] = String(error instanceof Error ? error.message : error).split(
      '\n',
    )
    return lines.length > 0 ? lines.map((line) => line.trim()) : [first]
  }
}
