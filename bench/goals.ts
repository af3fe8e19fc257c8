import type { Context } from './context.ts'
import { middle, runsOf } from './lines-summary.ts'
import type { CrowdResult, CrowdRun } from './parts/crowd.ts'
import type { FaultsResult } from './parts/faults.ts'
import { type FunctionsResult, SDK } from './parts/functions.ts'
import type { GapsResult } from './parts/gaps.ts'
import type { MachineResult } from './parts/machine.ts'
import { type MarkdownResult, rawShare } from './parts/markdown.ts'
import { type PeersResult, STANDARD } from './parts/peers.ts'
import type { ScriptFigures, TextResult } from './parts/text.ts'

/** One goal, what was measured, and whether that meets it. */
export interface Goal {
  readonly measure: string
  readonly goal: string
  readonly figure: string
  readonly met: boolean | undefined
  /** What stands against it, where it is missed for a reason that no program can mend. */
  readonly against?: string
}

/** Every goal that the results at hand have figures for. */
export const goalsOf = (result: Context['result']): readonly Goal[] => [
  ...peerGoals(result('peers')),
  ...gapGoals(result('gaps')),
  ...faultGoals(result('faults')),
  ...crowdGoals([
    ...(result<CrowdResult>('crowd')?.runs ?? []),
    ...(result<CrowdResult>('virtual-crowd')?.runs ?? []),
  ]),
  ...machineGoals(result('machine')),
  ...functionGoals(result('functions')),
  ...textGoals(result('text')),
  ...markdownGoals(result('markdown')),
]

const ms = (value: number): string => `${Math.round(value)} ms`

const peerGoals = (peers: PeersResult | undefined): readonly Goal[] => {
  if (peers === undefined) return []
  const at = (line: string, latencyMs: number = STANDARD.latencyMs) =>
    runsOf(peers.runs, line, { ...STANDARD, latencyMs })
  const paced = (gapMs: number, calls: number, lagMs: number): Goal => {
    const own = at(`ours, ${gapMs} ms`)
    const [isCalls, byCharacter] = [middle(own, 'calls'), middle(own, 'charLagP95Ms')]
    const bar = middle(at(`reference, ${gapMs} ms`), 'charLagP95Ms')
    return {
      measure: `pacing of ${gapMs} ms`,
      goal: `≤ ${calls} calls, lag p95 by character ≤ ${lagMs} ms`,
      figure: `${isCalls} calls, ${ms(byCharacter)} (reference ${ms(bar)}); by token ${ms(middle(own, 'lagP95Ms'))}: about one token in ${Math.round(STANDARD_TOKENS / isCalls)} ends in the character that a chunk keeps in hand, and is shown a gap later`,
      met: isCalls <= calls && byCharacter <= lagMs,
    }
  }
  const first = (line: string, against?: string): Goal[] => {
    const distances = [20, 80, 300, 800].filter((latencyMs) => at(line, latencyMs).length > 0)
    const figures = distances.map((latencyMs) => middle(at(line, latencyMs), 'firstTextMs'))
    return [
      {
        measure: `first text, ${line}`,
        goal: 'half a round trip + 5 ms',
        figure: figures.map((figure, nth) => `${ms(figure)} at ${distances[nth]}`).join(', '),
        met: figures.every((figure, nth) => figure <= (distances[nth] ?? 0) / 2 + 5),
        ...(against === undefined ? {} : { against }),
      },
    ]
  }
  const lateMs = middle(at('ours, 200 ms'), 'lastLateMs')
  return [
    ...first('ours, 200 ms'),
    ...first('ours, 200 ms, DynamoDB', ASKS_FIRST),
    paced(200, 36, 240),
    paced(300, 24, 335),
    {
      measure: 'last text after the source ended',
      goal: 'one round trip + 10 ms',
      figure: `${ms(lateMs)} at ${STANDARD.latencyMs}; reference ${ms(middle(at('reference, 200 ms'), 'lastLateMs'))}`,
      met: lateMs <= STANDARD.latencyMs + 10,
      against: `With one call in flight, text that ends during a call waits for its answer, up to one round trip, and needs half of another: between ${STANDARD.latencyMs / 2} and ${STANDARD.latencyMs * 1.5} ms, by chance. Sending it at once would let two calls overtake each other.`,
    },
  ]
}

/** Of the trace `english-60`. */
const STANDARD_TOKENS = 347

const ASKS_FIRST =
  'The record says with which chunk a message begins before the call that opens it: were its writer to die, nobody could find the message otherwise. What a model says first cannot be foreseen, so that is one write between the text and its call.'

const gapGoals = (gaps: GapsResult | undefined): readonly Goal[] =>
  gaps === undefined
    ? []
    : [
        {
          measure: `gap violations in ${gaps.runs.toLocaleString('en')} random runs`,
          goal: '0',
          figure: `${gaps.gapViolations} of ${gaps.calls.toLocaleString('en')} calls; ${gaps.wrongTexts} texts not exact`,
          met: gaps.gapViolations + gaps.wrongTexts === 0,
        },
      ]

const faultGoals = (faults: FaultsResult | undefined): readonly Goal[] => {
  if (faults === undefined) return []
  const own = faults.runs.filter(({ line }) => line.startsWith('ours'))
  const single = own.filter(({ kind }) => kind === 'dropAfter' || kind === 'tooFast')
  const wrong = single.reduce((sum, { lost, repeated }) => sum + lost + repeated, 0)
  const swept = own.filter(({ kind }) => kind === 'swept')
  const open = swept.filter(({ closed }) => !closed).length
  return [
    {
      measure: 'lost or repeated characters, one fault at any call',
      goal: '0',
      figure: `${wrong} in ${single.length} replies`,
      met: wrong === 0,
    },
    {
      measure: 'replies open after a kill, once swept',
      goal: '0',
      figure: `${open} of ${swept.length}`,
      met: open === 0,
    },
  ]
}

const crowdGoals = (runs: readonly CrowdRun[]): readonly Goal[] =>
  runs.flatMap((run): readonly Goal[] => {
    const { replies, time, refused, closed, lagP95Ms, evenP95Ms, worstOverMedian } = run
    const isBurst = run.spreadSeconds < 10
    const measure = `${replies.toLocaleString('en')} replies at once, ${time} time`
    if (replies === 200 && isBurst && evenP95Ms !== null) {
      return [
        {
          measure,
          goal: '0 refused, lag p95 ≤ 1.2 × even schedule',
          figure: `${refused} refused, ${ms(lagP95Ms)}, ${(lagP95Ms / evenP95Ms).toFixed(2)} ×`,
          met: refused === 0 && lagP95Ms <= 1.2 * evenP95Ms,
        },
      ]
    }
    if (replies < 500 || !isBurst) return []
    return [
      {
        measure,
        goal: '0 refused, all closed, worst reply p95 ≤ 2 × median',
        figure: `${refused} refused, ${closed} closed, ${worstOverMedian} ×`,
        met: refused === 0 && closed === replies && worstOverMedian <= 2,
      },
    ]
  })

const machineGoals = (machine: MachineResult | undefined): readonly Goal[] =>
  machine === undefined
    ? []
    : [
        {
          measure: 'store writes per reply, CHECKPOINT=each',
          goal: '≤ calls + 3',
          figure: `${machine.writes} for ${machine.calls} calls, ${machine.reads} reads (rate limit: ${machine.budgetWrites} more)`,
          met: machine.writes <= machine.calls + 3,
        },
        ...sparseGoals(machine),
        {
          measure: 'CPU of a call over a bare node-fetch call',
          goal: '≤ 1.5 ×',
          figure: `${machine.ratio.toFixed(2)} × (${machine.ratioDynamo.toFixed(2)} × with its write to DynamoDB)`,
          met: machine.ratio <= 1.5,
        },
      ]

/** Where open messages are known to be shown; results of earlier runs do not say that. */
const sparseGoals = (machine: MachineResult): readonly Goal[] =>
  machine.sparse === undefined
    ? []
    : [
        {
          measure: 'the same where open messages are shown, and for the rate limit',
          goal: '≤ 6 + 2',
          figure: `${machine.sparse.writes} + ${machine.budgetWrites}, ${machine.sparse.reads} eventually consistent reads`,
          met: machine.sparse.writes <= 6 && machine.budgetWrites <= 2,
        },
        {
          measure: 'CPU of a call with DynamoDB where open messages are shown',
          goal: '≤ 1.6 ×',
          figure: `${machine.sparse.ratio.toFixed(2)} ×`,
          met: machine.sparse.ratio <= 1.6,
        },
      ]

const functionGoals = (result: FunctionsResult | undefined): readonly Goal[] => {
  const named = (name: string) => result?.functions.find((one) => one.name === name)
  const [sdk, worker, webhook] = [named(SDK), named('worker'), named('webhook')]
  if (sdk === undefined) return []
  const beside = (addedMs: number) =>
    `${ms(addedMs)}, ${(addedMs / sdk.addedMs).toFixed(2)} × of ${ms(sdk.addedMs)}`
  return [
    {
      measure: 'worker: load over an empty function',
      goal: `≤ that of ${SDK}`,
      figure: worker === undefined ? 'not there' : beside(worker.addedMs),
      met: worker && worker.addedMs <= sdk.addedMs,
    },
    {
      measure: 'webhook: the same, and its bundle',
      goal: '≤ 0.7 × that, ≤ 150 KB',
      figure:
        webhook === undefined
          ? 'not there'
          : `${beside(webhook.addedMs)}, ${Math.round(webhook.bundleBytes / 1_000)} KB`,
      met: webhook && webhook.addedMs <= 0.7 * sdk.addedMs && webhook.bundleBytes <= 150_000,
    },
  ]
}

const textGoals = (text: TextResult | undefined): readonly Goal[] => {
  if (text === undefined) return []
  const worstOf = ({ script: _, units: __, ...figures }: ScriptFigures) =>
    Math.max(...Object.values(figures))
  const [worst, ...others] = [...text.scripts].sort((a, b) => worstOf(b) - worstOf(a))
  if (worst === undefined) return []
  const { place, ms: slowest } = text.slowestExpression
  return [
    {
      measure: 'any work on 256 KiB of text, any script',
      goal: '≤ 300 ms',
      figure: `${ms(worstOf(worst))} (${worst.script}, the worst of ${others.length + 1})`,
      met: worstOf(worst) <= 300,
    },
    {
      measure: 'any regular expression on 100,000 hostile characters',
      goal: '≤ 50 ms',
      figure: `${slowest.toFixed(1)} ms (${place})`,
      met: slowest <= 50,
    },
  ]
}

const markdownGoals = (markdown: MarkdownResult | undefined): readonly Goal[] => {
  const lagOf = (smooth: boolean) =>
    markdown?.runs.find((run) => run.trace === 'english-60' && run.smooth === smooth)?.lagP95Ms
  const [off, on] = [lagOf(false), lagOf(true)]
  if (markdown === undefined || off === undefined || on === undefined) return []
  const share = (smooth: boolean) => `${(100 * rawShare(markdown, smooth)).toFixed(1)} %`
  return [
    {
      measure: 'lag p95 with `SMOOTH_MARKDOWN`',
      goal: '≤ 1.05 × that without',
      figure: `${(on / off).toFixed(2)} × of ${ms(off)}; calls that leave raw marks: ${share(true)} instead of ${share(false)}`,
      met: on <= 1.05 * off,
    },
  ]
}

/** The goals as a table for a terminal or a page. */
export const verdictOf = ({ met }: Goal): string =>
  met === undefined ? '–' : met ? 'met' : '**missed**'
