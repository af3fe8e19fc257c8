import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { MachineJob } from '../client/machine.ts'
import type { Context } from '../context.ts'
import { freshEnvironment } from '../our-environment.ts'

/** What a reply costs the machine it runs on. */
export interface MachineResult {
  readonly cpuMsBare: number
  readonly cpuMsOurs: number
  readonly cpuMsOursDynamo: number
  /** CPU of a call over that of a bare one, the store in memory; then with all that DynamoDB takes. */
  readonly ratio: number
  readonly ratioDynamo: number
  readonly heapKilobytesPerOpenReply: number
  /** Of one reply of the standard trace. */
  readonly calls: number
  readonly reads: number
  readonly writes: number
  /** Capacity units of those, index included. */
  readonly units: number
  readonly budgetWrites: number
  readonly budgetUnits: number
  /** Where open messages are known to be shown: CPU of a call with DynamoDB; of the same reply, capacity units of writes and of reads. */
  readonly sparse?: {
    readonly cpuMs: number
    readonly ratio: number
    readonly reads: number
    readonly writes: number
    readonly units: number
    readonly readUnits: number
  }
}

/** CPU of a call, heap of an open reply, reads and writes of a reply; each in a fresh process. */
export const machine = async (context: Context): Promise<MachineResult> => {
  const rounds = context.mode === 'quick' ? 4 : 15
  const store = await measure(context, 'store', 1, 80)
  context.say('reads and writes')
  const cpu = await measure(context, 'cpu', rounds, 0)
  context.say('CPU of a call')
  const heap = await measure(context, 'heap', 1, 0)
  context.say('heap of an open reply')
  const [cpuSparse, storeSparse] = [cpu['sparse'], store['sparse']]
  const sparse = { ...(cpuSparse as object), ...(storeSparse as object) }
  return { ...cpu, ...heap, ...store, sparse } as MachineResult
}

const script = fileURLToPath(new URL('../client/machine.ts', import.meta.url))

const measure = async (
  { server }: Context,
  measures: MachineJob['measures'],
  rounds: number,
  latencyMs: number,
): Promise<Readonly<Record<string, unknown>>> => {
  const url = await server.open({ latencyMs })
  const job: MachineJob = { measures, url, rounds, env: await freshEnvironment(server) }
  const child = fork(script, [JSON.stringify(job)], {
    execArgv: ['--expose-gc'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  })
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The process that measures ${measures} ended early.`)
  })
  const [figures] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  await server.take(url)
  return figures as Readonly<Record<string, unknown>>
}
