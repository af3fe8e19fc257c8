import type { Clock } from '../../lib/ports.ts'
import type { Endpoints } from '../doctor/check-application.ts'
import type { Finding } from '../doctor/finding.ts'
import { type AwsAccess, awsAccess } from './aws-access.ts'
import { checkBots } from './check-bots.ts'
import { checkChat } from './check-chat.ts'
import { checkNames } from './check-names.ts'
import { checkSecret } from './check-secret.ts'
import { checkStore } from './check-store.ts'
import { checkVariables } from './check-variables.ts'
import { findCredentials, ownCredentials } from './credentials.ts'
import { type Deployment, type Environment, readDeployment } from './deployment.ts'
import type { PreflightOptions } from './options.ts'
import { deployersReader } from './secret-reader.ts'

/** What it needs of the world. */
export interface Outside {
  /** Where the files of the service are. */
  readonly directory: string
  readonly env: Environment
  readonly clock: Clock
  readonly endpoints: Endpoints
  /** Gets each finding as soon as it is there. */
  readonly tell: (finding: Finding) => void
}

/** Looks at everything that a deployment needs, and changes nothing. */
export const preflight = async (
  options: PreflightOptions,
  outside: Outside,
): Promise<readonly Finding[]> => {
  const findings: Finding[] = []
  const tell = (finding: Finding): void => {
    outside.tell(finding)
    findings.push(finding)
  }
  const deployment = readFile(options, outside)
  if ('verdict' in deployment) {
    tell(deployment)
    return findings
  }
  tell(checkNames(deployment))
  const variables = checkVariables(deployment)
  tell(variables.finding)
  const bots = await checkBots(outside.directory, deployment.env)
  if (bots.finding !== undefined) tell(bots.finding)

  const access = await accessOf(deployment, options)
  // Each function is told what it reads; together they read everything.
  const told: Environment = Object.assign({}, ...variables.told.values())
  if (access === undefined && deployment.cloud === 'aws') {
    tell(noCredentials)
    return findings
  }
  const { env, region } = deployment
  const read = deployersReader(told, env, region, access)
  // Without a secret, what is missing stands among the variables.
  const isAsked = told['SECRETS_NAME'] !== undefined || isRight(variables.finding)
  const secret = isAsked ? await checkSecret(told, read, bots.fields) : variables.finding
  if (isAsked) tell(secret)
  if (access !== undefined && usesDynamo(told)) tell(await checkStore(deployment, access))
  const isComplete = isRight(variables.finding) && isRight(secret)
  const { clock, endpoints } = outside
  const answers = isComplete ? await checkChat(told, read, clock, endpoints) : [chatNotAsked]
  answers.forEach(tell)
  return findings
}

const isRight = ({ verdict }: Finding): boolean => verdict === 'right'

const readFile = (options: PreflightOptions, { directory, env }: Outside): Deployment | Finding => {
  try {
    return readDeployment(directory, options, env)
  } catch (error) {
    const heard = error instanceof Error ? error.message : 'It cannot be read.'
    const mend = 'Set the variable that it names to one of its values, or leave it out.'
    return { id: 'file', title: options.config, verdict: 'wrong', heard, mend }
  }
}

/** On Tencent SCF the functions get keys of AWS of their own, for the table alone. */
const accessOf = async (
  { cloud, region, env }: Deployment,
  { profile }: PreflightOptions,
): Promise<AwsAccess | undefined> => {
  const awsRegion = cloud === 'aws' ? region : env['AWS_REGION'] || env['AWS_DEFAULT_REGION']
  if (!awsRegion) return undefined
  const found = cloud === 'aws' ? await findCredentials(env, profile) : ownCredentials(env)
  return found && awsAccess(env, awsRegion, found)
}

const usesDynamo = (told: Environment): boolean =>
  (told['REPLIES_STORE'] || 'dynamodb') === 'dynamodb'

const noCredentials: Finding = {
  id: 'credentials',
  title: 'Credentials',
  verdict: 'wrong',
  heard: 'There are no credentials of AWS, or no region.',
  mend: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE after aws sso login, and AWS_REGION.',
}

const chatNotAsked: Finding = {
  id: 'chat',
  title: 'Chat application',
  verdict: 'unknown',
  heard: 'Not asked: that needs the above.',
}
