import { assumed, type Checkpoints, measured } from './figures.ts'

/** What one turn takes of everything that is paid for. */
export interface TurnUsage {
  /** Of the worker, shared by the turns of its batch. */
  readonly workerSeconds: number
  readonly webhookSeconds: number
  readonly invocations: number
  readonly writeUnits: number
  readonly readUnits: number
  readonly httpRequests: number
  readonly queueRequests: number
  readonly logBytes: number
  readonly calls: number
}

export interface TurnShape {
  /** How long the answer takes. */
  readonly seconds: number
  /** Turns that share a worker. */
  readonly together: number
  readonly checkpoints: Checkpoints
}

/** What is left to do after a text's last token. */
const lastCallSeconds = measured.seconds - measured.textSeconds

/** Units of the table, the budget of calls included, for a reply that is alone on it; what grows with its length grows so. */
export const tableUnits = ({ seconds, checkpoints }: Omit<TurnShape, 'together'>) => {
  const { fixedUnits, unitsACall, renewalUnits, renewedEverySeconds } = measured[checkpoints]
  const renewals = Math.floor(seconds / renewedEverySeconds)
  const looks = checkpoints === 'each' ? 0 : Math.floor(seconds / measured.lookSeconds)
  const budgetUnits = 1 + Math.floor(seconds / measured.budgetSeconds)
  return {
    writeUnits: fixedUnits + unitsACall * callsIn(seconds) + renewalUnits * renewals + budgetUnits,
    readUnits: looks * measured.lookUnits,
  }
}

const callsIn = (seconds: number): number =>
  Math.ceil((measured.calls * seconds) / measured.textSeconds)

export const turnUsage = (shape: TurnShape): TurnUsage => {
  const { seconds, together } = shape
  const shared = assumed.queueRequests - assumed.ownQueueRequests
  return {
    ...tableUnits(shape),
    workerSeconds: (seconds + lastCallSeconds) / together,
    webhookSeconds: assumed.webhookSeconds,
    invocations: 1 + 1 / together,
    httpRequests: 1,
    queueRequests: assumed.ownQueueRequests + shared / together,
    logBytes: assumed.logBytes,
    calls: callsIn(seconds),
  }
}
