import { setTimeout as wait } from 'node:timers/promises'
import { composeWriter } from '../../lib/compose/writer.ts'
import { readConfig } from '../../lib/config.ts'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { readTrace, type Token, textOf } from '../../test/support/texts.ts'
import type { ClientJob, ClientReport } from '../client/job.ts'
import { startClient } from '../client-process.ts'
import type { Context } from '../context.ts'
import { figuresOf } from '../figures.ts'
import { type LockState, lockNamed } from '../lines.ts'
import { freshEnvironment } from '../our-environment.ts'
import type { LoggedCall, WorldFault } from '../server/world.ts'
import type { WorldLog } from '../server-process.ts'
import { difference, shownText } from '../shown-text.ts'

export type FaultKind = 'dropAfter' | 'tooFast' | 'sourceFails' | 'killed' | 'swept'

/** What a fault left of one reply. */
export interface FaultRun {
  readonly line: string
  readonly kind: FaultKind
  /** The call that it hit; for a kill, the time in ms. */
  readonly at: number
  /** Characters that the source gave and nobody sees, and characters seen beside those, without a notice of ours. */
  readonly lost: number
  readonly repeated: number
  readonly closed: boolean
  readonly longestSilenceMs: number
  /** What the helper told its caller. */
  readonly error?: string
  readonly violations: readonly string[]
}

export interface FaultsResult {
  readonly runs: readonly FaultRun[]
}

const LATENCY_MS = 80
const TRACE = 'english-60'
const tokens = readTrace(TRACE)

interface Subject {
  readonly line: LockState
  /** How many calls it makes when nothing goes wrong, about. */
  readonly calls: number
}

const wholeLine: LockState = {
  ...lockNamed('ours, 200 ms, DynamoDB'),
  name: 'ours, whole text, DynamoDB',
  options: { gapMs: 200, dynamo: true, wholeAt: 212 },
}

const subjects: readonly Subject[] = [
  { line: lockNamed('ours, 200 ms'), calls: 35 },
  { line: lockNamed('ours, 200 ms, DynamoDB'), calls: 35 },
  { line: wholeLine, calls: 34 },
  { line: lockNamed('reference, 200 ms'), calls: 35 },
  { line: lockNamed('Slack ChatStreamer, buffer 64'), calls: 22 },
  { line: lockNamed('Chat SDK, Slack stream'), calls: 6 },
  { line: lockNamed('Chat SDK, post and edit'), calls: 13 },
  { line: lockNamed('grammY stream'), calls: 80 },
  { line: lockNamed('Teams HttpStream'), calls: 14 },
]

/** Each line with an answer lost at each of its calls, a refusal for speed, a source that fails, and a kill. */
export const faults = async (context: Context): Promise<FaultsResult> => {
  const quick = context.mode === 'quick'
  const runs: FaultRun[] = []
  const rest = subjects.filter(({ line }) => !quick || IN_QUICK.includes(line.helper))
  const lane = async () => {
    for (let subject = rest.shift(); subject !== undefined; subject = rest.shift()) {
      runs.push(...(await playSubject(context, subject)))
      context.say(`${subject.line.name}: faults`)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return { runs }
}

const LANES = 2
const IN_QUICK: readonly string[] = ['ours', 'slack', 'grammy']

const playSubject = async (context: Context, subject: Subject): Promise<readonly FaultRun[]> => {
  const { line } = subject
  const quick = context.mode === 'quick'
  const kills = quick ? [3_100] : [1_300, 2_350, 3_100, 4_290, 5_200]
  const played = await Promise.all([
    playFaults(context, subject, quick ? 5 : 40),
    ...(line === wholeLine ? [] : [playBrokenSource(context, line)]),
    ...kills.map((killAtMs) => playKill(context, line, killAtMs)),
  ])
  return played.flat()
}

const playFaults = async (
  context: Context,
  { line, calls }: Subject,
  most: number,
): Promise<readonly FaultRun[]> => {
  const count = Math.min(calls, most)
  const drops = Array.from({ length: count }, (_, nth): WorldFault => {
    return { kind: 'dropAfter', index: Math.floor((nth * calls) / count) }
  })
  const planned: readonly WorldFault[] = [...drops, { kind: 'tooFast', index: 2 }]
  const urls = await Promise.all(
    planned.map((fault) => context.server.open({ latencyMs: LATENCY_MS, fault })),
  )
  const { report } = await play(context, line, { urls })
  return Promise.all(
    planned.map(async ({ kind, index }, nth) => {
      const log = await context.server.take(urls[nth] ?? '')
      return faultRun({ line, kind, at: index }, log, tokens, report, nth)
    }),
  )
}

const playBrokenSource = async (
  context: Context,
  line: LockState,
): Promise<readonly FaultRun[]> => {
  const failsAfterTokens = 170
  const urls = [await context.server.open({ latencyMs: LATENCY_MS })]
  const { report } = await play(context, line, { urls, failsAfterTokens })
  const log = await context.server.take(urls[0] ?? '')
  const given = tokens.slice(0, failsAfterTokens)
  return [faultRun({ line, kind: 'sourceFails', at: failsAfterTokens }, log, given, report, 0)]
}

const play = async (
  { server }: Context,
  line: LockState,
  job: Pick<ClientJob, 'urls' | 'failsAfterTokens'>,
): Promise<{ readonly report: ClientReport }> => {
  const env = line.helper === 'ours' ? { env: await freshEnvironment(server) } : {}
  const client = await startClient({
    helper: line.helper,
    options: line.options,
    trace: TRACE,
    ...job,
    ...env,
  })
  return { report: await client.go(90_000) }
}

const LEASE_MS = 1_000

/** Killed in the middle; where the record outlives the process, a sweep follows. */
const playKill = async (
  { server }: Context,
  line: LockState,
  killAtMs: number,
): Promise<readonly FaultRun[]> => {
  const url = await server.open({ latencyMs: LATENCY_MS })
  const env = { ...(await freshEnvironment(server)), LEASE_MS: String(LEASE_MS) }
  const client = await startClient({
    helper: line.helper,
    options: line.options,
    trace: TRACE,
    urls: [url],
    ...(line.helper === 'ours' ? { env } : {}),
  })
  client.go(60_000).catch(() => {})
  await wait(killAtMs)
  client.kill()
  await wait(LATENCY_MS + 200)
  // What was made until then; all of it, where the text is known whole.
  const isWhole = line.options.wholeAt !== undefined
  const given = isWhole ? tokens : tokens.filter(({ t }) => t <= killAtMs)
  const killed = faultRun({ line, kind: 'killed', at: killAtMs }, await server.look(url), given)
  if (line.options.dynamo !== true) {
    await server.take(url)
    return [killed]
  }
  await wait(LEASE_MS)
  const { deps, settings } = composeWriter(readConfig({ ...env, CHAT_ENDPOINT: url }), {
    info: () => {},
    warn: () => {},
  })
  const inTime = AbortSignal.timeout(60_000)
  await sweepOrphans(deps, settings, { handOver: inTime, startBy: inTime, deadline: inTime })
  return [killed, faultRun({ line, kind: 'swept', at: killAtMs }, await server.take(url), given)]
}

const faultRun = (
  { line, kind, at }: { readonly line: LockState; readonly kind: FaultKind; readonly at: number },
  { calls, violations }: WorldLog,
  given: readonly Token[],
  report?: ClientReport,
  nth = 0,
): FaultRun => {
  const startedAtMs = report?.startedAtMs[nth] ?? calls[0]?.startedAtMs ?? 0
  const { closed, longestSilenceMs } = figuresOf(calls, given, startedAtMs, undefined)
  const text = textOf(given)
  const { lost, extra } = difference(text, withoutNotice(text, shownAtEnd(calls)))
  const error = report?.errors[nth]
  return {
    line: line.name,
    kind,
    at,
    lost,
    repeated: extra,
    closed,
    longestSilenceMs,
    ...(error == null ? {} : { error }),
    violations,
  }
}

const shownAtEnd = (calls: readonly LoggedCall[]): string => {
  const shown = shownText()
  let text = ''
  for (const call of calls) text = shown.after(call)
  return text
}

/** Our notice stands in a paragraph of its own, after a code fence that it had to close. */
const withoutNotice = (text: string, shown: string): string => {
  if (!shown.endsWith(DEFAULT_NOTICES.failed)) return shown
  const rest = shown.slice(0, -DEFAULT_NOTICES.failed.length)
  const endings = [/\n\n$/, /\n?```\n*$/, /\n*$/].map((ending) => rest.replace(ending, ''))
  return endings.find((candidate) => text.startsWith(candidate)) ?? rest
}
