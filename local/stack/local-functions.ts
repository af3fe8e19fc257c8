import { type QueueTriggerOptions, runQueueTrigger } from '../cloud/queue-trigger.ts'
import type { LocalSqs } from '../cloud/sqs.ts'
import { functionEnvironment, type LocalResources, referredTo } from './function-environment.ts'
import { type FunctionPool, functionPool } from './function-pool.ts'
import type { Route } from './gateway.ts'
import { rateMs, scheduledEvent } from './schedule.ts'
import type { FunctionEntry, ServiceFile } from './service-file.ts'

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
}

/** Every function of serverless.yml behind its routes and triggers. */
export interface LocalFunctions {
  readonly pools: readonly FunctionPool[]
  readonly routes: readonly Route[]
  /** Lets queues and schedules call their functions until `signal` aborts. */
  runTriggers(signal: AbortSignal): void
  renew(): void
  close(): Promise<void>
}

export const localFunctions = (options: LocalFunctionsOptions): LocalFunctions => {
  const { directory, service, resources, sqs, runtime, print } = options
  const { provider, functions, service: serviceName } = service()
  const { region } = provider

  const planOf = (name: string, functionName: string) => () => {
    const current = service()
    const entry = current.functions[name]
    if (entry === undefined) throw new Error(`serverless.yml: there is no function ${name}.`)
    const memoryMb = entry.memorySize ?? current.provider.memorySize
    return {
      functionName,
      handler: entry.handler,
      directory,
      timeoutMs: entry.timeout * 1000,
      memoryMb,
      env: {
        ...functionEnvironment(current, entry, resources),
        ...runtime,
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      },
      print: (line: string) => print(name, line),
    }
  }

  const withPool = Object.entries(functions).map(([name, entry]) => {
    const pool = functionPool({
      name,
      plan: planOf(name, `${serviceName}-${provider.stage}-${name}`),
      maxSandboxes: MAX_SANDBOXES,
      report: ({ reason, detail }) => print(name, `${reason}: ${detail}`),
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
          invoke: pool.invoke,
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
    renew: () => {
      for (const pool of pools) pool.renew()
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()))
    },
  }
}

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
