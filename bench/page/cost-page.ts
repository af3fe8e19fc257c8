import { simulateBatching } from '../../local/cost/batching.ts'
import { assumed } from '../../local/cost/figures.ts'
import { memoryOf } from '../../local/cost/memory.ts'
import { costOf, prices } from '../../local/cost/prices.ts'
import { tableUnits } from '../../local/cost/turn-usage.ts'
import { seededRandom } from '../../test/support/rate-limit-world.ts'
import type { Context } from '../context.ts'
import { middle, runsOf } from '../lines-summary.ts'
import { figure, tableOf } from '../markdown.ts'
import type { MachineResult } from '../parts/machine.ts'
import { type PeersResult, STANDARD } from '../parts/peers.ts'

interface Usage {
  readonly name: string
  readonly by: 'replies' | 'worker'
  /** Of one reply. */
  readonly seconds: number
  readonly invocations: number
  readonly httpRequests: number
  readonly writeUnits: number
  readonly readUnits?: number
  readonly queueRequests: number
}

/** In dollars for a million replies. */
const costOfMillion = (usage: Usage, memoryMegabytes = memoryOf(usage.by)) => {
  const million = 1e6
  const lambda = costOf('Lambda, time', usage.seconds * (memoryMegabytes / 1_024) * million)
  const parts = {
    lambda: lambda + costOf('Lambda, invocations', usage.invocations * million),
    dynamo:
      costOf('DynamoDB, writes', usage.writeUnits * million) +
      costOf('DynamoDB, reads', (usage.readUnits ?? 0) * million),
    gateway: costOf('HTTP API', usage.httpRequests * million),
    queue: costOf('SQS FIFO', usage.queueRequests * million),
  }
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) }
}

/** The page about cost, from the figures of this run; `undefined` where those it needs are missing. */
export const costPage = (result: Context['result']): string | undefined => {
  const machine = result<MachineResult>('machine')
  const peers = result<PeersResult>('peers')
  if (machine?.sparse === undefined || peers === undefined) return undefined
  const { sparse } = machine
  const standard = runsOf(peers.runs, 'ours, 200 ms', STANDARD)
  const seconds = 6.65 + (middle(standard, 'lastLateMs') + STANDARD.latencyMs / 2) / 1_000
  const units = machine.units + machine.budgetUnits
  const seldom = sparse.units + machine.budgetUnits
  const http: Usage = {
    name: 'sent whole over HTTP (`POST /replies`, typed at 212 characters a second)',
    by: 'replies',
    seconds,
    invocations: 1,
    httpRequests: 1,
    writeUnits: units + TEXT_UNITS,
    queueRequests: 0,
  }
  const turn: Usage = {
    name: "a user's turn, alone in its worker",
    by: 'worker',
    seconds: seconds + WEBHOOK_SECONDS,
    invocations: 2,
    httpRequests: 1,
    writeUnits: seldom,
    readUnits: sparse.readUnits,
    queueRequests: 5,
  }
  const shared: Usage = {
    ...turn,
    name: "a user's turn, ten in one worker",
    seconds: seconds / 10 + WEBHOOK_SECONDS,
    invocations: 1.1,
    queueRequests: 2.3,
  }
  const calmer: Usage = {
    ...turn,
    name: 'the same turn alone, `CHECKPOINT=each`, or where open messages are hidden',
    writeUnits: units,
    readUnits: 0,
  }
  const longer: Usage = {
    ...turn,
    name: 'the same turn alone, three times as long',
    seconds: 3 * seconds + WEBHOOK_SECONDS,
    ...tableUnits({ seconds: 3 * 6.65, checkpoints: 'sparse' }),
  }
  const pushes = 6.65 * PUSHES_PER_SECOND
  const pushed: Usage = {
    name: `pushed, ${PUSHES_PER_SECOND} chunks a second`,
    by: 'replies',
    seconds: seconds + pushes * PUSH_SECONDS,
    invocations: pushes,
    httpRequests: pushes,
    writeUnits: units + pushes * PUSH_UNITS,
    queueRequests: 0,
  }
  const all = [http, turn, shared, calmer, longer, pushed]
  const rows = all.map((usage, nth) => {
    const cost = costOfMillion(usage)
    return [
      usage.name,
      ...[cost.lambda, cost.dynamo, cost.gateway, cost.queue, cost.total].map((part) =>
        figure(part, 2),
      ),
      figure(BEFORE[nth], 2),
    ]
  })
  const halved = costOfMillion(turn, memoryOf('worker') / 2).total
  return `# What a million replies cost

US dollars on AWS for a million replies like \`english-60\` (1,413 characters in 6.65 s), Tencent's own fees aside. Written by
\`npm run bench\` from its figures and from the one table of prices, local/cost/prices.ts, which says when each was seen: US East (N. Virginia),
on demand, arm64, without free tiers. Other regions differ by a tenth or more, and prices change: **check them**.

\`npm run cost -- --turns-per-day 5000 --seconds 7\` prints what your bot costs a month, on AWS and on Tencent SCF, line by line with the price
behind each, and what a model asks for the same turns beside it: with most models that is the larger bill by far.

${tableOf(['a million replies', 'Lambda', 'DynamoDB', 'HTTP API', 'SQS', 'together', 'before'], rows)}

*Before*: with progress recorded after each call, eight writes for a lone reply's share of the budget, and 512 MB for the worker, in November 2026.

Beside that the sweeper runs every minute, 43,800 times a month: less than 0.10 a month while it finds nothing.

## Formula

\`\`\`
Lambda   = seconds × memory in GB × ${prices['Lambda, time'].usd} + invocations × ${prices['Lambda, invocations'].usd}
DynamoDB = write units × ${prices['DynamoDB, writes'].usd} + read units × ${prices['DynamoDB, reads'].usd}
HTTP API = requests × ${prices['HTTP API'].usd}
SQS FIFO = requests × ${prices['SQS FIFO'].usd}
\`\`\`

| | measured or assumed |
| --- | --- |
| calls of a reply | ${machine.calls}, measured |
| writes to the table | ${sparse.writes} for a turn where open messages are known to be shown, ${machine.writes} where progress is recorded after each call, and ${machine.budgetWrites} for its share of the call budget; measured, alone on the budget |
| write units of those | ${figure(sparse.units)}, ${figure(machine.units)} and ${figure(machine.budgetUnits)}, as the embedded DynamoDB counts them; each lease renewal, every 7.5 s, 3 more |
| reads | ${sparse.reads} eventually consistent ones for a turn: whether somebody has pressed Stop; a continuation or a sweep reads |
| seconds | ${figure(seconds, 2)}: the text's 6.65 s, the last call and its answer, measured |
| memory | ${memoryOf('replies')} MB for \`replies\`, ${memoryOf('worker')} MB for \`worker\`, from serverless.yml; an open reply takes ${figure(machine.heapKilobytesPerOpenReply)} KB of it |
| text of a whole reply | ${TEXT_UNITS} write units more, of 1 KB each |
| webhook | ${WEBHOOK_SECONDS * 1_000} ms, assumed |
| SQS | send, receive, hide, remove, and Lambda's own delete; ten in one batch share three of them |
| a pushed chunk | ${PUSH_SECONDS * 1_000} ms and ${PUSH_UNITS} write units for one that somebody else drains, assumed |

## What changes it

- **Memory.** Lambda's part is in proportion: with ${memoryOf('worker') / 2} MB a turn alone costs ${figure(halved, 2)}. The loop itself takes little CPU (docs/benchmarks.md).
- **Company.** A function is paid for while it waits. Turns that share a worker share its seconds; Lambda's part is then a tenth.
- **Reading back.** Where the service shows open messages (\`npm run doctor -- --to USER\` says so), a turn takes a handful of writes however many calls it has. A whole or pushed text is recorded after each call all the same: it must not be sent twice, should that change in the middle.
- **Gap.** Where each call is a write, \`MIN_GAP_MS=300\` saves about a third of DynamoDB's part.
- **Length.** Seconds and calls grow with the time that the text takes, not with its characters.
- **Typing.** A whole text without \`charsPerSecond\` goes in one call: a fraction of a second and a handful of writes.
- **Load.** On a busy budget a reply makes fewer calls, and a reservation serves several of them: both parts shrink.

## Turns that share a worker

A batch window would let turns of different users share a worker sooner. Lambda takes windows in whole seconds only, and none at all for FIFO
queues, which keep each user's turns in order; so nothing in serverless.yml could set one. What it would be worth, simulated (20,000 turns
at random moments, each in a conversation of its own, answers of ${figure(seconds, 2)} s, batches of ${BATCH.batchSize}, ${BATCH.mostWorkers} workers at most; local/cost/batching.ts): *turns
in a worker / Lambda's part in dollars a million / wait for the worker in ms, on average*.

${batchingTable(seconds)}

With one turn a second a window of a second halves Lambda's part and holds up each answer by three quarters of one: it is not worth that.
With a hundred a second batches fill by themselves, once ${BATCH.mostWorkers} workers are busy.`
}

/** The last column, a row each. */
const BEFORE = [55.05, 79.23, 37.02, 79.23, 229.63, 178.4]
const BATCH = { batchSize: 10, mostWorkers: 200, turns: 20_000 } as const

const batchingTable = (seconds: number): string => {
  const rates = [1, 5, 20, 100]
  const cell = (windowMs: number, turnsPerSecond: number): string => {
    const random = seededRandom(7)
    const { turnsPerWorker, waitMs } = simulateBatching({
      ...BATCH,
      turnsPerSecond,
      windowMs,
      seconds,
      random,
    })
    const lambda = costOf('Lambda, time', seconds * (memoryOf('worker') / 1_024) * 1e6)
    return `${figure(turnsPerWorker, 1)} / ${figure(lambda / turnsPerWorker, 2)} / ${figure(waitMs)}`
  }
  const rows = [0, 100, 200, 500, 1_000].map((windowMs) => [
    windowMs === 0 ? 'none (as it is)' : `${windowMs / 1_000} s`,
    ...rates.map((turnsPerSecond) => cell(windowMs, turnsPerSecond)),
  ])
  return tableOf(['window', ...rates.map((rate) => `${rate} a second`)], rows)
}

/** The text of 1,413 characters is kept beside the record until the reply has ended. */
const TEXT_UNITS = 2
const WEBHOOK_SECONDS = assumed.webhookSeconds
const PUSHES_PER_SECOND = 10
const PUSH_SECONDS = 0.02
const PUSH_UNITS = 1
