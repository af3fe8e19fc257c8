import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BuildOptions } from 'esbuild'
import * as v from 'valibot'

/** A function as `serverless.yml` describes it. */
export interface ServiceFunction {
  /** Such as `replies`. */
  readonly key: string
  /** Such as `tencent-chat-stream-dev-replies`. */
  readonly name: string
  /** Such as `handlers/replies.handler`. */
  readonly handler: string
  readonly description: string
  readonly timeoutSeconds: number
  readonly memoryMb: number
  readonly hasUrl: boolean
  /** True for one that runs each minute. */
  readonly everyMinute: boolean
  /** The variables that it is given; those that only the cloud of the template knows are left out. */
  readonly variables: Readonly<Record<string, string>>
}

export interface Service {
  readonly functions: readonly ServiceFunction[]
  readonly bundling: BuildOptions
}

export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url))
const serverlessPath = join(projectDirectory, 'node_modules/serverless/bin/serverless.js')
const printLimitMs = 60_000

const variables = v.optional(v.record(v.string(), v.unknown()), {})
const event = v.record(v.string(), v.unknown())
const printed = v.object({
  custom: v.object({ esbuild: v.record(v.string(), v.unknown()) }),
  provider: v.object({ memorySize: v.number(), environment: variables }),
  functions: v.record(
    v.string(),
    v.object({
      name: v.string(),
      handler: v.string(),
      description: v.optional(v.string(), ''),
      timeout: v.number(),
      memorySize: v.optional(v.number()),
      url: v.optional(v.unknown()),
      events: v.optional(v.array(event), []),
      environment: variables,
    }),
  ),
})
type Printed = v.InferOutput<typeof printed>

const onlyText = (given: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value] as const] : [],
    ),
  )

const functionOf =
  ({ provider }: Printed) =>
  ([key, given]: [string, Printed['functions'][string]]): ServiceFunction => {
    const kinds = given.events.flatMap((one) => Object.keys(one))
    const schedules = given.events.flatMap(({ schedule }) => schedule ?? [])
    const unknown = schedules.find((schedule) => schedule !== 'rate(1 minute)')
    if (unknown !== undefined) {
      throw new Error(
        `serverless.yml: ${key} runs at ${unknown}; only rate(1 minute) is known here`,
      )
    }
    return {
      key,
      name: given.name,
      handler: given.handler,
      description: given.description,
      timeoutSeconds: given.timeout,
      memoryMb: given.memorySize ?? provider.memorySize,
      hasUrl: Boolean(given.url) || kinds.includes('httpApi'),
      everyMinute: schedules.length > 0,
      variables: onlyText({ ...provider.environment, ...given.environment }),
    }
  }

/** Reads what `serverless print` made of `serverless.yml`. */
const parseService = (json: string): Service => {
  const service = v.parse(printed, JSON.parse(json))
  const { packager: _, ...bundling } = service.custom.esbuild
  return { functions: Object.entries(service.functions).map(functionOf(service)), bundling }
}

/** The service as `serverless.yml` describes it for a stage, in this environment. Takes some seconds. */
export const readService = async (
  stage: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Service> => {
  const options = ['print', '--format', 'json', '--stage', stage]
  const { stdout } = await promisify(execFile)(process.execPath, [serverlessPath, ...options], {
    cwd: projectDirectory,
    env,
    timeout: printLimitMs,
    maxBuffer: 16 * 1_048_576,
  })
  return parseService(stdout)
}
