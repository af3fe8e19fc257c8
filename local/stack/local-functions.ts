import { err, ok, type Result } from '../../lib/core/result.ts'
import { type QueueTriggerOptions, runQueueTrigger } from '../cloud/queue-trigger.ts'
import type { LocalSqs } from '../cloud/sqs.ts'
import type { Builds } from './builds.ts'
import { functionEnvironment, type LocalResources, referredTo } from './function-environment.ts'
import { type FunctionPool, functionPool } from './function-pool.ts'
import type { Route } from './gateway.ts'
import type { InvocationFailure, SandboxPlan } from './sandbox.ts'
import { rateMs, scheduledEvent } from './schedule.ts'
import type { FunctionEntry, ServiceFile } from './service-file.ts'
import type { TurnWatch } from './turn-watch.ts'

const MAX_SANDBOXES = 10
const POLLERS = 5

/** What the functions run with beside serverless.yml. */
export interface LocalFunctionsOptions {
  /** Where serverless.yml and the handlers are. */
  readonly directory: string
  /** Asked for each new sandbox, so that a changed environment reaches it. */
  readonly service: () => ServiceFile
  readonly resources: LocalResources
  readonly sqs: LocalSqs
  /** What a runtime gives to every function: region, credentials, endpoints. */
  readonly runtime: Readonly<Record<string, string>>
  readonly print: (functionName: string, line: string) => void
  readonly turns: TurnWatch
  /** Which build runs, and why a function is not in it. */
  readonly builds: Pick<Builds, 'build' | 'errorOf'>
  /** The time of a function, where it is not that of serverless.yml. */
  readonly timeoutMs: (functionName: string) => number | undefined
  /** Hears the names of the reply sources whenever a process has loaded them. */
  readonly sourcesFound: (names: readonly string[]) => void
}

/** Every function of serverless.yml behind its routes and triggers. */
export interface LocalFunctions {
  readonly pools: readonly FunctionPool[]
  readonly routes: readonly Route[]
  /** Lets queues and schedules call their functions until `signal` aborts. */
  runTriggers(signal: AbortSignal): void
  /** Of every function, else of those that are named. */
  renew(names?: ReadonlySet<string>): void
  /** The file of each function, by its name. */
  readonly entries: ReadonlyMap<string, string>
  close(): Promise<void>
}

export const localFunctions = (options: LocalFunctionsOptions): LocalFunctions => {
  const { directory, service, resources, sqs, runtime, print, turns, builds } = options
  const { provider, functions, service: serviceName } = service()
  const { region } = provider

  const planOf =
    (name: string, functionName: string) => (): Result<SandboxPlan, InvocationFailure> => {
      const error = builds.errorOf(name)
      if (error !== undefined) {
        const { sentence: detail, frame } = error
        return err({ reason: 'unusable', detail, ...(frame !== undefined && { frame }) })
      }
      const current = service()
      const entry = current.functions[name]
      if (entry === undefined) throw new Error(`serverless.yml: there is no function ${name}.`)
      const memoryMb = entry.memorySize ?? current.provider.memorySize
      return ok({
        functionName,
        handler: entry.handler,
        directory,
        timeoutMs: options.timeoutMs(name) ?? entry.timeout * 1000,
        memoryMb,
        env: {
          ...functionEnvironment(current, entry, resources),
          ...runtime,
          AWS_LAMBDA_FUNCTION_NAME: functionName,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        },
        print: (line: string) => print(name, line),
        sourceThrew: ({ replyId, sentence, stack }) => {
          console.error(`[${name}] the source of ${replyId} threw\n${stack}`)
          turns.troubled(replyId, { functionName: name, sentence, details: stack, final: false })
        },
      })
    }

  const reportOf =
    (name: string) =>
    ({ reason, detail, frame }: InvocationFailure, event: unknown): void => {
      const isUnusable = reason === 'unusable'
      const sentence = isUnusable ? `${name} does not load: ${detail}` : `${reason}: ${detail}`
      print(name, sentence)
      const details = frame === undefined ? {} : { details: frame }
      turns.failed(event, { functionName: name, sentence, ...details, final: isUnusable })
    }

  const withPool = Object.entries(functions).map(([name, entry]) => {
    const pool = functionPool({
      name,
      plan: planOf(name, `${serviceName}-${provider.stage}-${name}`),
      maxSandboxes: MAX_SANDBOXES,
      report: reportOf(name),
      began: (event, cold) => turns.began(event, { build: builds.build().number, cold }),
      started: ({ sources }) => sources && options.sourcesFound(sources),
    })
    return { entry, pool }
  })
  const pools = withPool.map(({ pool }) => pool)

  const queueTriggers = withPool.flatMap(({ entry, pool }) =>
    entry.events.flatMap((event): QueueTriggerOptions[] => {
      if (!('sqs' in event)) return []
      const arn = referredTo(event.sqs.arn, resources)
      const queue = [...resources.queues.values()].find((one) => one.arn === arn)
      if (queue === undefined) throw new Error(`serverless.yml: there is no queue ${arn}.`)
      return [
        {
          call: sqs.call,
          queue,
          region,
          batchSize: event.sqs.batchSize,
          partialFailures: event.sqs.functionResponseType === 'ReportBatchItemFailures',
          pollers: POLLERS,
          invoke: async (batch) => settledWhereUnusable(await pool.invoke(batch)),
        },
      ]
    }),
  )

  return {
    pools,
    routes: withPool.flatMap(({ entry, pool }) => routesOf(entry, pool)),
    runTriggers(signal) {
      for (const trigger of queueTriggers) void runQueueTrigger(trigger, signal)
      for (const { entry, pool } of withPool) runSchedules(entry, pool, region, signal)
    },
    entries: new Map(
      Object.entries(functions).map(([name, { handler }]) => [name, fileOf(handler)]),
    ),
    renew: (names) => {
      for (const pool of pools) if (names?.has(pool.name) ?? true) pool.renew()
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()))
    },
  }
}

/** `handlers/worker.handler` stands in `handlers/worker.ts`. */
const fileOf = (handler: string): string => `${handler.slice(0, handler.lastIndexOf('.'))}.ts`

/**
 * Unlike in the cloud, what a function that does not load was given is done with: whoever mends it is not to be surprised
 * minutes later by an answer to something forgotten. The page offers to ask again.
 */
const settledWhereUnusable = (
  result: Result<unknown, InvocationFailure>,
): Result<unknown, InvocationFailure> =>
  !result.ok && result.error.reason === 'unusable' ? ok(undefined) : result

const routesOf = (entry: FunctionEntry, { invoke }: FunctionPool): readonly Route[] =>
  entry.events.flatMap((event) => ('httpApi' in event ? [{ ...event.httpApi, invoke }] : []))

const runSchedules = (
  entry: FunctionEntry,
  { invoke }: FunctionPool,
  region: string,
  signal: AbortSignal,
): void => {
  for (const event of entry.events) {
    if (!('schedule' in event)) continue
    const run = (): void => void invoke(scheduledEvent(region, Date.now()))
    const timer = setInterval(run, rateMs(event.schedule))
    signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }
}
