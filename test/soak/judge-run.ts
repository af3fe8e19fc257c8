import type { SimulatedCall } from '../../local/simulator/call-log.ts'
import { mostInASecond, quantile } from '../support/rate-limit-world.ts'
import { grouped } from './grouped.ts'
import { type Finding, judgeLane, judgeOwners, judgeReply, type ReplyFacts } from './judge.ts'
import type { ReplyCase } from './producer.ts'
import type { RunSettings } from './settings.ts'
import type { Act } from './troubles.ts'
import type { SoakWorld } from './world.ts'

/** All that happened in a run. */
export interface Run {
  readonly world: SoakWorld
  readonly settings: RunSettings
  readonly cases: readonly ReplyCase[]
  readonly acts: readonly Act[]
  readonly stoppedKeys: ReadonlySet<string>
  /** What was found while it ran. */
  readonly found: Finding[]
}

/** A first text is in time within this, where nothing disturbed it, in ms; a machine may be crowded. */
const FIRST_TEXT_MS = 30_000
/** Acts so long before and after a reply count as its own. */
const AROUND_MS = 15_000

/** Reads what service and table say of each reply. */
export const factsOf = async (run: Run): Promise<readonly ReplyFacts[]> => {
  const { world, cases } = run
  const messages = new Map(world.service.rules.messages().map((one) => [one.msgKey, one]))
  const callsByKey = grouped(
    world.service.calls.filter((call) => isChunk(call) && call.applied),
    ({ msgKey = '' }) => msgKey,
  )
  return Promise.all(
    cases.map(async (one) => {
      const record = await world.store.read(one.replyId)
      const keys = record?.progress.msgKeys ?? []
      const calls = keys
        .flatMap((key) => callsByKey.get(key) ?? [])
        .sort((a, b) => (a.appliedAtMs ?? 0) - (b.appliedAtMs ?? 0))
      return {
        one,
        record,
        messages: keys.flatMap((key) => messages.get(key) ?? []),
        calls,
        stopped: one.cancelled || keys.some((key) => run.stoppedKeys.has(key)),
        acts: actsAround(run.acts, one.askedAtMs, calls.at(-1)?.appliedAtMs ?? Date.now()),
      }
    }),
  )
}

const isChunk = ({ command }: SimulatedCall): boolean => command === 'send_stream_msg'

const actsAround = (acts: readonly Act[], fromMs: number, toMs: number): readonly Act[] =>
  acts.filter(({ atMs, untilMs }) => atMs <= toMs + AROUND_MS && untilMs >= fromMs - AROUND_MS)

/** Every law that was broken, when everything has come to rest. */
export const judgeRun = (run: Run, facts: readonly ReplyFacts[]): readonly Finding[] => [
  ...judgeService(run, facts),
  ...judgeOwners(facts, run.world.service.rules.messages()),
  ...facts.flatMap(judgeReply),
  ...lanesOf(facts).flatMap(judgeLane),
  ...judgeFirstTexts(facts),
]

/** A user's turns are answered one after another; other replies wait for nobody. */
const lanesOf = (facts: readonly ReplyFacts[]): readonly (readonly ReplyFacts[])[] => [
  ...grouped(facts, ({ one: { plan, replyId } }) =>
    plan.kind === 'turn' ? plan.user : replyId,
  ).values(),
]

/** What was noticed while it ran, by the service or by those who ask, and the rate. */
export const judgeService = (
  { world, settings, found }: Run,
  facts: readonly ReplyFacts[],
): readonly Finding[] => {
  const noticed = world.service.rules.violations.map(({ kind, sentence, atMs }) => ({
    law: kind === 'overlap' ? ('one at a time' as const) : ('exact' as const),
    sentence: `${new Date(atMs).toISOString()} ${kind}: ${sentence}`,
    replyIds: facts.flatMap(({ one, messages }) =>
      messages.some(({ msgKey }) => sentence.includes(msgKey)) ? [one.replyId] : [],
    ),
  }))
  const most = mostInASecond([...world.begunAtMs].sort((a, b) => a - b))
  if (most <= settings.callsPerSecond) return [...found, ...noticed]
  const sentence = `${most} calls were begun in a second, of ${settings.callsPerSecond}.`
  return [...found, ...noticed, { law: 'rate', sentence, replyIds: [] }]
}

/** From the acceptance to the first text, of replies that nothing disturbed, in ms. */
const firstTextsMs = (facts: readonly ReplyFacts[]): readonly (readonly [string, number])[] =>
  facts.flatMap(({ one, calls: [first], acts }) => {
    const { askedAtMs, replyId, plan } = one
    const { appliedAtMs } = first ?? {}
    if (appliedAtMs === undefined || plan.kind === 'turn') return []
    const disturbed = acts.some(
      ({ atMs, untilMs, what }) => what !== 'calm' && atMs <= appliedAtMs && untilMs >= askedAtMs,
    )
    return disturbed ? [] : [[replyId, appliedAtMs - askedAtMs] as const]
  })

const judgeFirstTexts = (facts: readonly ReplyFacts[]): readonly Finding[] =>
  firstTextsMs(facts)
    .filter(([, ms]) => ms > FIRST_TEXT_MS)
    .map(([replyId, ms]) => ({
      law: 'lanes',
      sentence: `Its first text came after ${Math.round(ms / 1_000)} s, though nothing disturbed it.`,
      replyIds: [replyId],
    }))

/** How soon the first texts came, in words. */
export const firstTextWords = (facts: readonly ReplyFacts[]): string => {
  const ms = firstTextsMs(facts).map(([, one]) => one)
  if (ms.length === 0) return 'no reply was left undisturbed'
  const within = (part: number): string => `${Math.round(quantile(ms, part))} ms`
  return `first texts of ${ms.length} undisturbed replies: half within ${within(0.5)}, 95 % within ${within(0.95)}`
}

/** Replies whose producer still asks, that wait to be begun, or that are open. */
export const unrested = async (
  { world }: Run,
  cases: readonly ReplyCase[],
): Promise<readonly ReplyCase[]> => {
  const records = await Promise.all(cases.map(({ replyId }) => world.store.read(replyId)))
  return cases.filter(({ done, acceptedAtMs }, nth) => {
    const record = records[nth]
    return !done || (record === undefined ? acceptedAtMs !== undefined : record.status === 'open')
  })
}
