import { missingAccess } from '../../plugins/tencent-scf/api/access.js'
import { readers } from '../../plugins/tencent-scf/deploy/readers.ts'
import { functionVariables } from '../../plugins/tencent-scf/deploy/variables.js'
import type { Finding } from '../doctor/finding.ts'
import type { Deployment, Environment } from './deployment.ts'

/** What AWS gives to every function; only that it is there counts. */
const ofLambda = {
  AWS_ACCESS_KEY_ID: 'given-by-lambda',
  AWS_SECRET_ACCESS_KEY: 'given-by-lambda',
  REPLIES_QUEUE_URL: 'https://sqs.example/made-by-the-stack',
}

/** What each function will be told, and every problem that the functions' own readers have with it. */
export interface CheckedVariables {
  readonly finding: Finding
  /** By the function's key. */
  readonly told: ReadonlyMap<string, Environment>
}

/** Lets each function's own reader look at what it will be told: every problem of every function, each once. */
export const checkVariables = (deployment: Deployment): CheckedVariables => {
  const { told, problems } =
    deployment.cloud === 'aws' ? toldByAws(deployment) : toldByTencent(deployment)
  const about = { id: 'variables', title: 'Variables' }
  if (problems.length === 0) {
    const heard = `Each of the ${told.size} functions takes what it will be told.`
    return { told, finding: { ...about, verdict: 'right', heard } }
  }
  const heard = problems.join('\n')
  const mend = `Set them in .env.${deployment.stage} (or .env), or before the command. docs/configuration.md describes each one.`
  return { told, finding: { ...about, verdict: 'wrong', heard, mend } }
}

interface Told {
  readonly told: ReadonlyMap<string, Environment>
  readonly problems: readonly string[]
}

const toldByAws = ({ functions, region }: Deployment): Told => {
  const told = new Map(
    [...functions].map(([key, variables]) => [
      key,
      { ...variables, ...ofLambda, AWS_REGION: region || undefined },
    ]),
  )
  const problems = [...told].flatMap(([key, variables]) => problemsOf(key, variables))
  return { told, problems: [...new Set(problems)] }
}

const problemsOf = (key: string, variables: Environment): readonly string[] => {
  try {
    readers[key]?.read(variables)
    return []
  } catch (error) {
    const [first = '', ...lines] = String(error instanceof Error ? error.message : error).split(
      '\n',
    )
    return lines.length > 0 ? lines.map((line) => line.trim()) : [first]
  }
}

const ROLE_MISSING =
  'SCF_ROLE is missing: the role that lets the functions invoke the worker (docs/scf.md, "Permissions")'

const toldByTencent = ({ functions, names, region, role, env }: Deployment): Told => {
  const service = {
    region,
    functions: [...functions].map(([key, variables]) => ({
      key,
      name: `${names.stack}-${key}`,
      variables: definedIn(variables),
    })),
  }
  const { variables, problems } = functionVariables(service, env, readers)
  return {
    told: new Map(Object.entries(variables)),
    problems: [...missingAccess(env, region), ...(role === '' ? [ROLE_MISSING] : []), ...problems],
  }
}

const definedIn = (variables: Environment): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, one]) => (one === undefined ? [] : [[name, one]])),
  )
