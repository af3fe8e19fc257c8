import { AwsError } from '../../lib/adapters/aws/aws-error.ts'
import { type AwsCall, awsJsonClient } from '../../lib/adapters/aws/aws-json-client.ts'
import type { AwsCredentials } from '../../lib/adapters/aws/aws-signature.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { endpointVariables } from '../../lib/compose/aws.ts'
import { err, ok, type Result } from '../../lib/core/result.ts'
import type { Environment } from './deployment.ts'

/** Services of AWS as who deploys reaches them. */
export type AwsAccess = Readonly<Record<keyof typeof endpointVariables, AwsCall>>

export const awsAccess = (
  env: Environment,
  region: string,
  credentials: AwsCredentials,
): AwsAccess => {
  const client = (service: keyof typeof endpointVariables): AwsCall => {
    const endpoint = env[endpointVariables[service]] || env['AWS_ENDPOINT_URL']
    return awsJsonClient({
      service,
      region,
      credentials,
      clock: systemClock,
      random: Math.random,
      tries: 2,
      ...(endpoint ? { endpoint } : {}),
    })
  }
  return {
    dynamodb: client('dynamodb'),
    secretsmanager: client('secretsmanager'),
    sqs: client('sqs'),
    ssm: client('ssm'),
  }
}

/** `absent`: there is no such thing. `forbidden`: who deploys may not look, and the functions may. `wrong`: it says why. */
export type Looked = Result<
  unknown,
  { readonly why: 'absent' | 'forbidden' | 'wrong'; readonly said: string }
>

/** Asks for something that may not be there. */
export const look = async (asking: Promise<unknown>): Promise<Looked> => {
  try {
    return ok(await asking)
  } catch (error) {
    if (!(error instanceof AwsError)) {
      return err({ why: 'wrong', said: error instanceof Error ? error.message : 'no answer' })
    }
    const { name } = error
    if (/NotFound|NonExistent|DoesNotExist/.test(name)) return err({ why: 'absent', said: name })
    return err({ why: /AccessDenied/.test(name) ? 'forbidden' : 'wrong', said: name })
  }
}
