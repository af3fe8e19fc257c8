import { assumed } from './figures.ts'
import { costOf, type PriceName } from './prices.ts'
import type { TurnUsage } from './turn-usage.ts'

/** One line of a bill, in US dollars. */
export interface BillLine {
  readonly name: string
  readonly amount: number
  readonly unit: string
  readonly usd: number
}

export interface Memory {
  readonly workerMegabytes: number
  readonly webhookMegabytes: number
  readonly sweeperMegabytes: number
}

const gigabyteSeconds = (seconds: number, megabytes: number) => (seconds * megabytes) / 1_024

const lines = (amounts: readonly (readonly [PriceName, number, string])[]): readonly BillLine[] =>
  amounts.map(([name, amount, unit]) => ({ name, amount, unit, usd: costOf(name, amount) }))

const MINUTES_A_DAY = 1_440

const functionSeconds = (usage: TurnUsage, turns: number, sweeps: number, memory: Memory) =>
  turns * gigabyteSeconds(usage.workerSeconds, memory.workerMegabytes) +
  turns * gigabyteSeconds(usage.webhookSeconds, memory.webhookMegabytes) +
  sweeps * gigabyteSeconds(assumed.sweepSeconds, memory.sweeperMegabytes)

const store = (usage: TurnUsage, turns: number, sweeps: number) =>
  [
    ['DynamoDB, writes', turns * usage.writeUnits, 'write units'],
    // A sweep asks the index three times, and an empty answer counts half a unit.
    ['DynamoDB, reads', turns * usage.readUnits + sweeps * 1.5, 'read units'],
  ] as const

/** So many turns on AWS, and the sweeper beside them for so many days. */
export const awsBill = (usage: TurnUsage, turns: number, days: number, memory: Memory) => {
  const sweeps = days * MINUTES_A_DAY
  return lines([
    ['Lambda, time', functionSeconds(usage, turns, sweeps, memory), 'GB-seconds'],
    ['Lambda, invocations', turns * usage.invocations + sweeps, 'invocations'],
    ...store(usage, turns, sweeps),
    ['HTTP API', turns * usage.httpRequests, 'requests'],
    ['SQS FIFO', turns * usage.queueRequests, 'requests'],
    ['CloudWatch Logs', (turns * usage.logBytes) / 1e9, 'GB'],
  ])
}

/** Writes that a turn's place in line takes where there is no queue, beside those of its reply. */
const TICKET_UNITS = 3
/** While its writer works, the lease on that place is renewed each third of `LEASE_MS`. */
const TICKET_RENEWED_SECONDS = 5
const DAYS_A_MONTH = 365 / 12

/** The same on Tencent SCF with the table in DynamoDB: there each turn has a worker of its own. */
export const scfBill = (alone: TurnUsage, turns: number, days: number, memory: Memory) => {
  const sweeps = days * MINUTES_A_DAY
  const ticketUnits = TICKET_UNITS + Math.floor(alone.workerSeconds / TICKET_RENEWED_SECONDS)
  const usage = { ...alone, writeUnits: alone.writeUnits + ticketUnits }
  const requests = usage.calls + usage.writeUnits
  return lines([
    ['SCF, time', functionSeconds(usage, turns, sweeps, memory), 'GB-seconds'],
    ['SCF, invocations', turns * usage.invocations + sweeps, 'invocations'],
    ['SCF, traffic out', (turns * requests * assumed.requestBytes) / 1e9, 'GB'],
    ['SCF, basic package', days / DAYS_A_MONTH, 'months'],
    ...store(usage, turns, sweeps),
  ])
}

export const totalOf = (bill: readonly BillLine[]): number =>
  bill.reduce((sum, { usd }) => sum + usd, 0)
