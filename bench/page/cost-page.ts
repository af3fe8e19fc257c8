import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Context } from '../context.ts'
import { middle, runsOf } from '../lines-summary.ts'
import { figure, tableOf } from '../markdown.ts'
import type { MachineResult } from '../parts/machine.ts'
import { type PeersResult, STANDARD } from '../parts/peers.ts'

/**
 * Prices of AWS in US East (N. Virginia), in US dollars, without free tiers, as its price pages gave them in early 2025. They
 * change: look them up before relying on the totals.
 */
const prices = {
  lambdaGigabyteSecond: 0.000_013_333_4,
  lambdaRequests: 0.2,
  httpApiRequests: 1,
  writeUnits: 0.625,
  readUnits: 0.125,
  sqsFifoRequests: 0.5,
} as const

interface Usage {
  readonly name: string
  readonly by: 'replies' | 'worker'
  /** Of one reply. */
  readonly seconds: number
  readonly invocations: number
  readonly httpRequests: number
  readonly writeUnits: number
  readonly queueRequests: number
}

/** In dollars for a million replies: prices by the million are prices by the piece then. */
const costOf = (usage: Usage, memoryMegabytes = memoryOf(usage.by)) => {
  const lambda = usage.seconds * (memoryMegabytes / 1_024) * prices.lambdaGigabyteSecond * 1e6
  const parts = {
    lambda: lambda + usage.invocations * prices.lambdaRequests,
    dynamo: usage.writeUnits * prices.writeUnits,
    gateway: usage.httpRequests * prices.httpApiRequests,
    queue: usage.queueRequests * prices.sqsFifoRequests,
  }
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) }
}

/** The page about cost, from the figures of this run; `undefined` where those it needs are missing. */
export const costPage = (result: Context['result']): string | undefined => {
  const machine = result<MachineResult>('machine')
  const peers = result<PeersResult>('peers')
  if (machine === undefined || peers === undefined) return undefined
  const standard = runsOf(peers.runs, 'ours, 200 ms', STANDARD)
  const wide = runsOf(peers.runs, 'ours, 300 ms', STANDARD)
  const seconds = 6.65 + (middle(standard, 'lastLateMs') + STANDARD.latencyMs / 2) / 1_000
  const units = machine.units + machine.budgetUnits
  const unitsPerCall = units / machine.calls
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
    writeUnits: units,
    queueRequests: 5,
  }
  const shared: Usage = {
    ...turn,
    name: "a user's turn, ten in one worker",
    seconds: seconds / 10 + WEBHOOK_SECONDS,
    invocations: 1.1,
    queueRequests: 2.3,
  }
  const wideCalls = middle(wide, 'calls')
  const calmer: Usage = {
    ...turn,
    name: 'the same turn alone, `MIN_GAP_MS=300`',
    writeUnits: unitsPerCall * wideCalls,
  }
  const longer: Usage = {
    ...turn,
    name: 'the same turn alone, three times as long',
    seconds: 3 * seconds + WEBHOOK_SECONDS,
    writeUnits: 3 * units,
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
  const rows = all.map((usage) => {
    const cost = costOf(usage)
    return [
      usage.name,
      ...[cost.lambda, cost.dynamo, cost.gateway, cost.queue, cost.total].map((part) =>
        figure(part, 2),
      ),
    ]
  })
  const halved = costOf(turn, memoryOf('worker') / 2).total
  return `# What a million replies cost

US dollars on AWS for a million replies like \`english-60\` (1,413 characters in 6.65 s), Tencent's own fees aside. Written by
\`npm run bench\` from its figures and from prices of US East (N. Virginia), on demand, arm64, without free tiers, as AWS's price pages gave
them in early 2025. Other regions differ by a tenth or more, and prices change: **check them**.

${tableOf(['a million replies', 'Lambda', 'DynamoDB', 'HTTP API', 'SQS', 'together'], rows)}

Beside that the sweeper runs every minute, 43,800 times a month: less than 0.10 a month while it finds nothing.

## Formula

\`\`\`
Lambda   = seconds × memory in GB × ${prices.lambdaGigabyteSecond * 1e6} + invocations × ${prices.lambdaRequests}
DynamoDB = write units × ${prices.writeUnits} + read units × ${prices.readUnits}
HTTP API = requests × ${prices.httpApiRequests}
SQS FIFO = requests × ${prices.sqsFifoRequests}
\`\`\`

| | measured or assumed |
| --- | --- |
| calls of a reply | ${machine.calls}, measured |
| writes to the table | ${machine.writes} for the reply and ${machine.budgetWrites} for its share of the call budget, measured, alone on the budget |
| write units of those | ${figure(machine.units)} and ${figure(machine.budgetUnits)}, as the embedded DynamoDB counts them |
| reads | ${machine.reads}, measured; a continuation or a sweep reads |
| seconds | ${figure(seconds, 2)}: the text's 6.65 s, the last call and its answer, measured |
| memory | ${memoryOf('replies')} MB for \`replies\`, ${memoryOf('worker')} MB for \`worker\`, from serverless.yml; an open reply takes ${figure(machine.heapKilobytesPerOpenReply)} KB of it |
| text of a whole reply | ${TEXT_UNITS} write units more, of 1 KB each |
| webhook | ${WEBHOOK_SECONDS * 1_000} ms, assumed |
| SQS | send, receive, hide, remove, and Lambda's own delete; ten in one batch share three of them |
| a pushed chunk | ${PUSH_SECONDS * 1_000} ms and ${PUSH_UNITS} write units for one that somebody else drains, assumed |

## What changes it

- **Memory.** Lambda's part is in proportion: with ${memoryOf('worker') / 2} MB a turn alone costs ${figure(halved, 2)}. The loop itself takes little CPU (docs/benchmarks.md).
- **Company.** A function is paid for while it waits. Turns that share a worker share its seconds; Lambda's part is then a tenth.
- **Gap.** Each call is about one write, so \`MIN_GAP_MS=300\` (${wideCalls} calls) saves about a third of DynamoDB's part.
- **Length.** Seconds and calls grow with the time that the text takes, not with its characters.
- **Typing.** A whole text without \`charsPerSecond\` goes in one call: a fraction of a second and a handful of writes.
- **Load.** On a busy budget a reply makes fewer calls, and a reservation serves several of them: both parts shrink.`
}

/** The text of 1,413 characters is kept beside the record until the reply has ended. */
const TEXT_UNITS = 2
const WEBHOOK_SECONDS = 0.02
const PUSHES_PER_SECOND = 10
const PUSH_SECONDS = 0.02
const PUSH_UNITS = 1

const memoryOf = (name: 'replies' | 'worker'): number => {
  const text = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8')
  const file: MemorySizes = parse(text, { merge: true, logLevel: 'silent' })
  return file.functions[name]?.memorySize ?? file.provider.memorySize
}

interface MemorySizes {
  readonly provider: { readonly memorySize: number }
  readonly functions: Readonly<Record<string, { readonly memorySize?: number }>>
}
