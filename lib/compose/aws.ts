import { type AnswerWatch, type AwsCall, awsJsonClient } from '../adapters/aws/aws-json-client.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import type { Config } from '../config.ts'

/** Where AWS is and who asks it. */
export type AwsConfig = Pick<Config, Extract<keyof Config, `AWS_${string}`>>

/** How a service is asked; see `awsJsonClient` for what is taken where nothing is said. */
export interface AwsLimits {
  /** Of one try. */
  readonly timeoutMs?: number
  readonly tries?: number
  readonly watch?: AnswerWatch
}

/** What says where a service of AWS is. */
export const endpointVariables = {
  dynamodb: 'AWS_ENDPOINT_URL_DYNAMODB',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  sqs: 'AWS_ENDPOINT_URL_SQS',
  ssm: 'AWS_ENDPOINT_URL_SSM',
} as const

/** A service of AWS as this environment reaches it. */
export const composeAws = (
  config: AwsConfig,
  service: keyof typeof endpointVariables,
  limits: AwsLimits = {},
): AwsCall => {
  const endpoint = config[endpointVariables[service]] ?? config.AWS_ENDPOINT_URL
  const sessionToken = config.AWS_SESSION_TOKEN
  return awsJsonClient({
    service,
    region: config.AWS_REGION,
    credentials: {
      accessKeyId: config.AWS_ACCESS_KEY_ID,
      secretAccessKey: config.AWS_SECRET_ACCESS_KEY,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    clock: systemClock,
    random: Math.random,
    ...limits,
  })
}
