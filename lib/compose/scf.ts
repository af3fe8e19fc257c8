import { dynamoTicketLock } from '../adapters/dynamo/ticket-lock.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { type InvokeWorker, scfInvoke } from '../adapters/scf/scf-invoke.ts'
import { scfWorkerQueue } from '../adapters/scf/scf-worker-queue.ts'
import { type Config, readRoleCredentials } from '../config.ts'
import type { ReplyQueue, TicketLock, TurnQueue } from '../ports.ts'
import { type AwsConfig, type AwsLimits, composeAws } from './aws.ts'

type ScfConfig = AwsConfig &
  Pick<Config, 'REPLIES_TABLE' | 'WORKER_FUNCTION' | 'WORKER_REGION' | 'WORKER_ENDPOINT'>

/** How work is handed on where there is no queue; of use where the environment names a worker. */
export interface ScfHandOver {
  readonly queue: TurnQueue & ReplyQueue
  readonly lock: TicketLock
  readonly invoke: InvokeWorker
}

export const composeScf = (
  config: ScfConfig,
  limits: { readonly store?: AwsLimits; readonly invoke?: AwsLimits } = {},
): ScfHandOver => {
  const { WORKER_FUNCTION: functionName = '', WORKER_REGION: region = '' } = config
  const { WORKER_ENDPOINT: endpoint, REPLIES_TABLE: table } = config
  const common = { clock: systemClock, random: Math.random }
  const call = composeAws(config, 'dynamodb', limits.store)
  const lock = dynamoTicketLock({ call, table, ...common })
  const invoke = scfInvoke({
    functionName,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    readCredentials: () => readRoleCredentials(),
    ...common,
    ...limits.invoke,
  })
  return { queue: scfWorkerQueue({ invoke, lock, ...common }), lock, invoke }
}
