import {
  type SecretField,
  type SecretName,
  type SecretReaderOptions,
  secretReader,
} from '../adapters/aws/aws-secrets.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { tc3Client } from '../adapters/scf/tc3-client.ts'
import { readTencentSecret } from '../adapters/scf/tencent-secret.ts'
import { type Config, readRoleCredentials } from '../config.ts'
import { OutOfReach } from '../core/out-of-reach.ts'
import { type AwsConfig, type AwsLimits, composeAws } from './aws.ts'

export type ReadSecret = (
  name: SecretName | SecretField,
  fresh?: boolean,
) => Promise<string | undefined>

type SecretsConfig = AwsConfig &
  Pick<Config, 'SECRETS_NAME' | 'SECRETS_ENDPOINT' | 'WORKER_REGION'> &
  SecretReaderOptions['env']

/** Reads secrets from the environment, else from the secret that `SECRETS_NAME` names. */
export const composeSecrets = (config: SecretsConfig, limits: AwsLimits = {}): ReadSecret => {
  const { WORKER_REGION: region = '', SECRETS_ENDPOINT: endpoint } = config
  const callTencent = tc3Client({
    service: 'ssm',
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    readCredentials: () => readRoleCredentials(),
    clock: systemClock,
    random: Math.random,
    ...limits,
  })
  const { read } = secretReader({
    env: config,
    secretsName: config.SECRETS_NAME,
    callSecretsManager: composeAws(config, 'secretsmanager', limits),
    callSsm: composeAws(config, 'ssm', limits),
    readTencentSecret: (name) => readTencentSecret(callTencent, name),
    clock: systemClock,
  })
  return (name, fresh) => read(name, fresh).catch(unusableSecret)
}

/** A secret that cannot be used is out of reach until somebody mends it; the message names the variable, never a value. */
export const unusableSecret = (error: unknown): never => {
  if (error instanceof OutOfReach) throw error
  const detail = error instanceof Error ? error.message : 'unknown error'
  throw new OutOfReach('secret', detail, { cause: error })
}
