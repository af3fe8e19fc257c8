import { type StoreAccess, ticketLockIn } from '#stores'
import { processClock } from '../adapters/runtime/steady-clock.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { type InvokeWorker, scfInvoke } from '../adapters/scf/scf-invoke.ts'
import { scfWorkerQueue } from '../adapters/scf/scf-worker-queue.ts'
import { ticketLockByTableClock } from '../adapters/table-clock/ticket-lock.ts'
import { type Config, readRoleCredentials } from '../config.ts'
import type { ReplyQueue, TicketLock, TurnQueue } from '../ports.ts'
import type { AwsConfig, AwsLimits } from './aws.ts'

type ScfConfig = AwsConfig & Pick<Config, 'WORKER_FUNCTION' | 'WORKER_REGION' | 'WORKER_ENDPOINT'>

/** How work is handed on where there is no queue; of use where the environment names a worker. */
export interface ScfHandOver {
  readonly queue: TurnQueue & ReplyQueue
  readonly lock: TicketLock
  readonly invoke: InvokeWorker
}

export const composeScf = (
  config: ScfConfig,
  table: StoreAccess,
  limits: AwsLimits = {},
): ScfHandOver => {
  const { WORKER_FUNCTION: functionName = '', WORKER_REGION: region = '' } = config
  const { WORKER_ENDPOINT: endpoint } = config
  const random = Math.random
  const lock = ticketLockByTableClock(ticketLockIn(table), table.clock)
  const invoke = scfInvoke({
    functionName,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    readCredentials: () => readRoleCredentials(),
    clock: systemClock,
    random,
    ...limits,
  })
  return { queue: scfWorkerQueue({ invoke, lock, clock: processClock }), lock, invoke }
}
