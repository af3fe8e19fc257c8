import { assumed, measured } from './figures.ts'

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
}

/** What is left to do after a text's last token. */
const lastCallSeconds = measured.seconds - measured.textSeconds

/** A turn alone on the budget of calls; what grows with its length grows from what was measured. */
export const turnUsage = ({ seconds, together }: TurnShape): TurnUsage => {
  const length = seconds / measured.textSeconds
  const { writeUnits, budgetUnits, readUnits } = measured.each
  const shared = assumed.queueRequests - assumed.ownQueueRequests
  return {
    workerSeconds: (seconds + lastCallSeconds) / together,
    webhookSeconds: assumed.webhookSeconds,
    invocations: 1 + 1 / together,
    writeUnits: (writeUnits + budgetUnits) * length,
    readUnits: readUnits * length,
    httpRequests: 1,
    queueRequests: assumed.ownQueueRequests + shared / together,
    logBytes: assumed.logBytes,
    calls: measured.calls * length,
  }
}
