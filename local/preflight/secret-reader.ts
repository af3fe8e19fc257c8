import {
  type SecretField,
  type SecretName,
  secretNames,
  secretReader,
} from '../../lib/adapters/aws/aws-secrets.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { tc3Client } from '../../lib/adapters/scf/tc3-client.ts'
import { readTencentSecret } from '../../lib/adapters/scf/tencent-secret.ts'
import { type AwsAccess, awsAccess } from './aws-access.ts'
import type { Environment } from './deployment.ts'

export type ReadSecret = (
  name: SecretName | SecretField,
  fresh?: boolean,
) => Promise<string | undefined>

/** Asks nobody: good where no secret of AWS is named. */
const nobody = { accessKeyId: 'none', secretAccessKey: 'none' }

/** Reads keys and tokens as the functions will, from what they are told, but with the rights of who deploys. */
export const deployersReader = (
  told: Environment,
  env: Environment,
  region: string,
  access: AwsAccess = awsAccess(env, region || 'none', nobody),
): ReadSecret => {
  const endpoint = told['SECRETS_ENDPOINT']
  const callTencent = tc3Client({
    service: 'ssm',
    region,
    ...(endpoint ? { endpoint } : {}),
    readCredentials: () => tencentCredentials(env),
    clock: systemClock,
    random: Math.random,
  })
  return secretReader({
    env: Object.fromEntries(secretNames.map((name) => [name, told[name]])),
    secretsName: told['SECRETS_NAME'],
    callSecretsManager: access.secretsmanager,
    callSsm: access.ssm,
    readTencentSecret: (name) => readTencentSecret(callTencent, name),
    clock: systemClock,
  }).read
}

const tencentCredentials = (env: Environment) => {
  const secretId = env['TENCENTCLOUD_SECRET_ID']
  const secretKey = env['TENCENTCLOUD_SECRET_KEY']
  const token = env['TENCENTCLOUD_TOKEN']
  if (!secretId || !secretKey) return undefined
  return { secretId, secretKey, ...(token ? { token } : {}) }
}
