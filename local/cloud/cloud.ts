import { join } from 'node:path'
import type { LocalResources } from '../stack/function-environment.ts'
import { readServiceFile, type ServiceFile } from '../stack/service-file.ts'
import { type LocalSecrets, startLocalSecrets } from './secrets.ts'
import { type LocalSqs, startLocalSqs } from './sqs.ts'
import { type LocalTables, startLocalTables } from './tables.ts'

/** The cloud's part of the stack: what serverless.yml deploys beside the functions, and the secrets. */
export interface LocalCloud {
  /** Reads serverless.yml again, with what `added` changes in the environment. */
  readonly readService: (added: Environment) => ServiceFile
  readonly sqs: LocalSqs
  readonly tables: LocalTables
  readonly secrets: LocalSecrets
  readonly resources: LocalResources
  /** What a runtime gives to every function: region, credentials, addresses. */
  readonly runtime: Readonly<Record<string, string>>
  close(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

const AWS_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }
const SECRETS = [
  'CHAT_SECRET_KEY',
  'CHAT_CALLBACK_TOKEN',
  'REPLIES_API_TOKEN',
  'REPLIES_API_KEYS',
  'REPLIES_WEBHOOK_SECRET',
  'OPENAI_API_KEY',
]

/** Starts it all on the loopback interface, on free ports. Takes secrets and `${env:…}` from `given`. */
export const startLocalCloud = async (
  directory: string,
  given: Environment,
): Promise<LocalCloud> => {
  const readService: LocalCloud['readService'] = (added) =>
    readServiceFile(join(directory, 'serverless.yml'), {
      env: { ...given, ...added },
      opt: { stage: 'local' },
    })
  const service = readService({})
  const held = SECRETS.flatMap((name) => (given[name] ? [[name, given[name]]] : []))
  const [sqs, tables, secrets] = await Promise.all([
    startLocalSqs(service, AWS_CREDENTIALS),
    startLocalTables(service, AWS_CREDENTIALS),
    startLocalSecrets(JSON.stringify(Object.fromEntries(held))),
  ])
  return {
    readService,
    sqs,
    tables,
    secrets,
    resources: { tables: tables.tables, queues: sqs.queues },
    runtime: {
      AWS_REGION: service.provider.region,
      AWS_ACCESS_KEY_ID: AWS_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: AWS_CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
      AWS_ENDPOINT_URL_SQS: sqs.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      AWS_ENDPOINT_URL_SSM: secrets.endpoint,
    },
    close: async () => {
      await Promise.all([sqs.close(), tables.close(), secrets.close()])
    },
  }
}
