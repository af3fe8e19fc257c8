import { setTimeout as wait } from 'node:timers/promises'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { grouped } from './grouped.ts'
import type { Finding, ReplyFacts } from './judge.ts'
import { factsOf, firstTextWords, judgeRun, judgeService, type Run, unrested } from './judge-run.ts'
import type { SoakOptions } from './options.ts'
import { type PlannedReply, replyPlans } from './plan.ts'
import { produce, type ReplyCase } from './producer.ts'
import { type Chance, chanceFrom } from './random.ts'
import { progressLine } from './report.ts'
import { settingsFrom } from './settings.ts'
import { type Act, makeTrouble } from './troubles.ts'
import { startSoakWorld } from './world.ts'

/** What came of a soak. */
export interface SoakResult {
  readonly run: Run
  readonly facts: readonly ReplyFacts[]
  readonly findings: readonly Finding[]
}

/** A chance of its own for each part, so that one does not disturb the other. */
const partsOf =
  (seed: number) =>
  (part: string): Chance =>
    chanceFrom(
      [...part].reduce((mixed, letter) => Math.imul(mixed, 31) + letter.charCodeAt(0), seed),
    )

const LINE_EVERY_MS = 60_000
const SWEEP_EVERY_MS = 5_000
/** How long everything may take to come to rest, in ms: longer than any lane may be blocked. */
const REST_MS = 200_000
const MEAN_GAP_MS = 1_100
const MOST_AT_ONCE = 70
const OVERLOAD_REPLIES = 25

/** Runs a soak to its end, or until `stopped` aborts; what is under way comes to rest before it is judged. */
export const soak = async (
  options: SoakOptions,
  stopped: AbortSignal,
  say: (line: string) => void,
): Promise<SoakResult> => {
  const { seed, minutes, troubles } = options
  const chance = partsOf(seed)
  const settings = settingsFrom(seed)
  say(`seed ${seed}, ${JSON.stringify(settings)}`)
  const world = await startSoakWorld({
    settings,
    chance: chance('clocks'),
    wrongClocks: troubles.has('clocks'),
  })
  const cases: ReplyCase[] = []
  const acts: Act[] = []
  const stoppedKeys = new Set<string>()
  const run: Run = { world, settings, cases, acts, stoppedKeys, found: [] }
  const notRefused = (sentence: string) =>
    void run.found.push({ law: 'doors', sentence, replyIds: [] })
  try {
    const sinceMs = Date.now()
    const lines = setInterval(() => say(progressLine(run, sinceMs)), LINE_EVERY_MS)
    const over = AbortSignal.any([stopped, AbortSignal.timeout(minutes * 60_000)])
    const begin = (plan: PlannedReply): void => {
      const one = caseOf(plan, seed)
      cases.push(one)
      void produce(world, one, stoppedKeys)
    }
    const troublesOver = makeTrouble({ world, settings, troubles, chance, acts, notRefused }, over)
    await askForReplies(options, chance, run, begin, over)
    await troublesOver
    say(`${progressLine(run, sinceMs)}; all is calm now`)
    if (!stopped.aborted) await comeToRest(run, stopped)
    clearInterval(lines)
    const facts = await factsOf(run)
    say(summary(run, facts, sinceMs))
    return {
      run,
      facts,
      findings: stopped.aborted ? judgeService(run, facts) : judgeRun(run, facts),
    }
  } finally {
    await world.close()
  }
}

const caseOf = (plan: PlannedReply, seed: number): ReplyCase => ({
  plan,
  replyId: `soak-${seed}-${plan.number}` as ReplyId,
  askedAtMs: Date.now(),
  cancelled: false,
  done: false,
})

const askForReplies = async (
  { load, troubles }: SoakOptions,
  chance: (part: string) => Chance,
  { cases, settings }: Run,
  begin: (plan: PlannedReply) => void,
  over: AbortSignal,
): Promise<void> => {
  const nextPlan = replyPlans({
    chance: chance('replies'),
    troubles,
    mostBytes: Math.min(30_000, settings.messageBytes * 6),
  })
  const arrivals = chance('arrivals')
  const underWay = (): number => cases.filter(({ done }) => !done).length
  while (!over.aborted) {
    const isOverload = troubles.has('overload') && arrivals.happens(0.015)
    const count = isOverload ? Math.ceil(OVERLOAD_REPLIES * load) : 1
    for (let nth = 0; nth < count && underWay() < MOST_AT_ONCE; nth += 1) begin(nextPlan())
    const gapMs = (-Math.log(1 - arrivals.part()) * MEAN_GAP_MS) / load
    await wait(gapMs, undefined, { signal: over }).catch(() => {})
  }
}

/** Waits until everybody has got an answer and no reply and no message is open, while the sweeper comes often. */
const comeToRest = async (run: Run, stopped: AbortSignal): Promise<void> => {
  const { world, cases } = run
  const untilMs = Date.now() + REST_MS
  let left: readonly ReplyCase[] = cases
  while (!stopped.aborted && Date.now() < untilMs) {
    left = await unrested(run, left)
    const open = world.service.rules.messages().some(({ finished }) => !finished)
    if (left.length === 0 && !open) return
    void world.sweep()
    await wait(SWEEP_EVERY_MS, undefined, { signal: stopped }).catch(() => {})
  }
}

const summary = (run: Run, facts: readonly ReplyFacts[], sinceMs: number): string => {
  const statuses = [...grouped(facts, ({ record }) => record?.status ?? 'no record')]
    .map(([status, list]) => `${list.length} ${status}`)
    .join(', ')
  return `${progressLine(run, sinceMs)}; ${statuses}; ${firstTextWords(facts)}; ${run.world.givenUp()} calls too old`
}
