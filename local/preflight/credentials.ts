import type { AwsCredentials } from '../../lib/adapters/aws/aws-signature.ts'
import type { Environment } from './deployment.ts'

/**
 * Who deploys: the keys of the environment, else what the SDK finds as the deployment itself will (profiles, single sign-on, the
 * machine's role). `undefined` where there is none.
 */
export const findCredentials = async (
  env: Environment,
  profile: string | undefined,
): Promise<AwsCredentials | undefined> => {
  const own = ownCredentials(env)
  if (own !== undefined) return own
  // Loaded where it is needed: it takes longer than all the rest.
  const { SQSClient } = await import('@aws-sdk/client-sqs')
  const named = profile ?? env['AWS_PROFILE']
  const client = new SQSClient({ region: 'us-east-1', ...(named ? { profile: named } : {}) })
  return client.config.credentials().catch(() => undefined)
}

/** The keys that stand in the environment. */
export const ownCredentials = (env: Environment): AwsCredentials | undefined => {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  const sessionToken = env['AWS_SESSION_TOKEN']
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}
