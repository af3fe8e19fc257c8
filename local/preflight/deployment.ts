import { join } from 'node:path'
import * as v from 'valibot'
import { withStageDotenv } from '../stack/dotenv.ts'
import { readYaml } from '../stack/service-file.ts'
import { resolveVariables } from '../stack/yaml-variables.ts'
import type { PreflightOptions } from './options.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What is to be deployed, as its file and the environment say it. */
export interface Deployment {
  readonly cloud: 'aws' | 'tencent'
  readonly stage: string
  /** Empty where nobody said it. */
  readonly region: string
  readonly names: { readonly stack: string; readonly table: string; readonly queue: string }
  /** By the function's key, what it is told by the file; what only the cloud knows is absent. */
  readonly functions: ReadonlyMap<string, Environment>
  /** The role that the functions run under, on Tencent SCF. */
  readonly role: string
  /** This environment, with what the stage's file `.env` adds. */
  readonly env: Environment
}

const value = v.union([v.string(), v.pipe(v.number(), v.transform(String)), v.looseObject({})])
const variables = v.optional(v.record(v.string(), value), {})

const schema = v.object({
  service: v.string(),
  provider: v.object({
    name: v.picklist(['aws', 'tencent'], 'must be aws or tencent'),
    region: v.optional(v.string(), ''),
    role: v.optional(v.unknown()),
    environment: variables,
  }),
  custom: v.object({
    names: v.object({ stack: v.string(), table: v.string(), queue: v.string() }),
  }),
  functions: v.record(v.string(), v.object({ environment: variables })),
})

type Variables = v.InferOutput<typeof variables>

/** Reads the file of the service. Throws an Error that says what stands wrong there. */
export const readDeployment = (
  directory: string,
  { stage, region, config }: PreflightOptions,
  given: Environment,
): Deployment => {
  const env = withStageDotenv(directory, stage, given)
  const resolved = resolveVariables(readYaml(join(directory, config)), {
    env,
    opt: { stage, region },
    file: (name) => readYaml(join(directory, name)),
  })
  const read = v.safeParse(schema, resolved)
  if (!read.success) {
    const [issue] = read.issues
    throw new Error(`${config}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`)
  }
  const { provider, custom, functions } = read.output
  return {
    cloud: provider.name,
    stage,
    region: provider.region,
    names: custom.names,
    functions: new Map(
      Object.entries(functions).map(([key, { environment }]) => [
        key,
        onlyText({ ...provider.environment, ...environment }),
      ]),
    ),
    role: typeof provider.role === 'string' ? provider.role : '',
    env,
  }
}

const onlyText = (given: Variables): Environment =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, one]) =>
      typeof one === 'string' && one !== '' ? [[name, one]] : [],
    ),
  )
