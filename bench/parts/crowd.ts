import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text as readText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { mostInASecond } from '../../test/support/rate-limit-world.ts'
import type {
  AssignedReply,
  Assignment,
  DeliveredReply,
} from '../../test/support/replies-process.ts'
import { readTrace } from '../../test/support/texts.ts'
import type { CrowdUsage } from '../client/crowd.ts'
import type { Context } from '../context.ts'
import { tokenLags } from '../figures.ts'
import { freshEnvironment } from '../our-environment.ts'
import type { LoggedCall } from '../server/world.ts'
import { groupsOf, median, quantile, rounded } from '../statistics.ts'

/** Many replies under way at once, on one budget. */
export interface CrowdRun {
  readonly time: 'real' | 'virtual'
  readonly replies: number
  readonly processes: number
  /** Over how long the starts are spread, in s. */
  readonly spreadSeconds: number
  readonly calls: number
  /** Calls that the service turned away for coming too fast. */
  readonly refused: number
  /** The most calls that were started within any second, as the service saw them. */
  readonly mostInASecond: number
  readonly closed: number
  readonly lagP50Ms: number
  readonly lagP95Ms: number
  /** Of an even schedule, in which the replies call in turn at the full rate; `null` where they come too seldom for that. */
  readonly evenP95Ms: number | null
  readonly firstTextP95Ms: number
  /** The worst reply's p95 over the median reply's. */
  readonly worstOverMedian: number
  readonly cpuMsPerReply?: number
  readonly kilobytesPerReply?: number
}

export interface CrowdResult {
  readonly runs: readonly CrowdRun[]
}

const PROCESSES = 8
const LIMIT = 200
const LATENCY_MS = 80
const TRACE = 'english-60'
const tokens = readTrace(TRACE)
const durationMs = tokens.at(-1)?.t ?? 0
/** The processes start cold first. */
const START_UP_MS = 6_000

/** Processes of their own with DynamoDB between them, in real time. */
export const crowd = async (context: Context): Promise<CrowdResult> => {
  const runs: CrowdRun[] = []
  for (const count of context.mode === 'quick' ? [200] : [1, 10, 100, 200, 500]) {
    runs.push(await deliverMany(context, count))
    context.say(`${count} replies at once`)
  }
  return { runs }
}

const deliverMany = async ({ server }: Context, count: number): Promise<CrowdRun> => {
  const url = await server.open({ latencyMs: LATENCY_MS, callsPerSecond: LIMIT })
  const env = { ...(await freshEnvironment(server)), CHAT_ENDPOINT: url }
  const firstMs = Date.now() + START_UP_MS
  const replies: AssignedReply[] = Array.from({ length: count }, (_, i) => ({
    replyId: `reply-${i}`,
    to: `user-${i}`,
    startAtMs: firstMs + Math.round((i * durationMs) / count),
  }))
  const shares = Array.from({ length: Math.min(PROCESSES, count) }, (_, share) =>
    deliverIn(env, {
      from: '@RBT#bot',
      trace: TRACE,
      replies: replies.filter((_reply, i) => i % PROCESSES === share),
    }),
  )
  const done = await Promise.all(shares)
  const { calls } = await server.take(url)
  const usages = done.map(({ usage }) => usage)
  const sum = (of: (usage: CrowdUsage) => number) =>
    usages.reduce((total, usage) => total + of(usage), 0)
  return {
    time: 'real',
    replies: count,
    processes: shares.length,
    spreadSeconds: durationMs / 1_000,
    ...crowdFigures(calls, replies, tokens),
    evenP95Ms: evenP95Ms(count),
    cpuMsPerReply: rounded(sum(({ cpuMs }) => cpuMs) / count),
    kilobytesPerReply: rounded(sum(({ grownBytes }) => grownBytes) / 1_024 / count),
  }
}

/** Starts a process of its own that delivers its share of the replies. */
const deliverIn = async (env: Readonly<Record<string, string>>, assignment: Assignment) => {
  const script = fileURLToPath(new URL('../client/crowd.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(assignment)], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...env,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([readText(child.stdout), once(child, 'exit')])
  const lines = output
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  return { delivered: lines.slice(0, -1) as DeliveredReply[], usage: lines.at(-1) as CrowdUsage }
}

/** The lag p95 of replies that call in turn, evenly, at the full rate: text waits for most of the time between two calls. */
export const evenP95Ms = (underWay: number): number | null => {
  const callsEach = (durationMs / 1_000) * (LIMIT / underWay)
  if (callsEach < 2) return null
  return rounded(Math.max(200, durationMs / (callsEach - 1)) * 0.95 + LATENCY_MS / 2)
}

/** What the service's log says of all replies together. */
export const crowdFigures = (
  calls: readonly LoggedCall[],
  replies: readonly { readonly to: string; readonly startAtMs: number }[],
  list: typeof tokens,
) => {
  const byUser = groupsOf(calls, ({ conversation }) => conversation)
  const lags = replies.map(({ to, startAtMs }) => tokenLags(byUser.get(to) ?? [], list, startAtMs))
  const p95s = lags.map((each) => quantile(each, 0.95))
  const all = lags.flat()
  return {
    calls: calls.length,
    refused: calls.filter(({ appliedAtMs }) => appliedAtMs === undefined).length,
    mostInASecond: mostInASecond(
      calls.map(({ startedAtMs }) => startedAtMs).toSorted((a, b) => a - b),
    ),
    closed: calls.filter(({ closes, appliedAtMs }) => closes && appliedAtMs !== undefined).length,
    lagP50Ms: rounded(quantile(all, 0.5)),
    lagP95Ms: rounded(quantile(all, 0.95)),
    firstTextP95Ms: rounded(
      quantile(
        replies.map(({ to, startAtMs }) => (byUser.get(to)?.[0]?.appliedAtMs ?? 0) - startAtMs),
        0.95,
      ),
    ),
    worstOverMedian: rounded(p95s.reduce((a, b) => Math.max(a, b), 0) / median(p95s), 2),
  }
}
