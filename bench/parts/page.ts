import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { TRACES } from '../../test/support/trace.ts'
import type { Context } from '../context.ts'
import { type Goal, goalsOf, verdictOf } from '../goals.ts'
import { lines } from '../lines.ts'
import { middle, runsOf } from '../lines-summary.ts'
import { figure, tableOf } from '../markdown.ts'
import { callsAgainstLag, textOverTime } from '../plots.ts'
import { median } from '../statistics.ts'
import { costPage } from './cost-page.ts'
import type { CrowdResult, CrowdRun } from './crowd.ts'
import type { FaultKind, FaultRun, FaultsResult } from './faults.ts'
import type { FunctionsResult } from './functions.ts'
import type { MachineResult } from './machine.ts'
import { type PeersResult, STANDARD } from './peers.ts'

/** Writes the pages and plots from the results at hand: in docs/ for a whole run, beside its results for a quick one. */
export const page = async ({ mode, result, say }: Context): Promise<object> => {
  const directory = fileURLToPath(
    mode === 'whole'
      ? new URL('../../docs/', import.meta.url)
      : new URL('../results/quick/', import.meta.url),
  )
  const images = `${directory}/benchmarks`
  mkdirSync(images, { recursive: true })
  const peers = result<PeersResult>('peers')
  if (peers !== undefined) {
    writeFileSync(`${images}/calls-and-lag.svg`, callsAgainstLag(peers))
    writeFileSync(`${images}/text-over-time.svg`, textOverTime(peers))
  }
  const virtual = result<CrowdResult>('virtual-crowd')
  const sections = [
    opening(mode),
    goalSection(goalsOf(result)),
    peers && peerSection(peers),
    faultSection(result('faults')),
    crowdSection([...(result<CrowdResult>('crowd')?.runs ?? []), ...(virtual?.runs ?? [])]),
    machineSection(result('machine'), result('functions')),
  ]
  const text = sections.filter((section) => section !== undefined).join('\n\n')
  writeFileSync(`${directory}/benchmarks.md`, `${text}\n`)
  const cost = costPage(result)
  if (cost !== undefined) writeFileSync(`${directory}/cost.md`, `${cost}\n`)
  say(`written to ${directory}`)
  return { directory: mode === 'whole' ? 'docs' : 'bench/results/quick' }
}

const opening = (mode: Context['mode']): string => `# Benchmarks

\`npm run bench\` (${mode === 'quick' ? 'here `-- --quick`' : 'half an hour; `-- --quick` takes three minutes'}) measures the
delivery loop beside a reference loop and the streaming helpers of other platforms, and writes this page; \`-- --part peers\` runs one
part alone, \`-- --resume\` goes on with a run that was broken off. Raw figures are in \`bench/results/\`. Taken on a machine with
${availableParallelism()} cores and ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, on ${new Date().toISOString().slice(0, 10)}.

How it avoids fooling itself:

- Every figure about text and calls comes from the log of one server in a process of its own, never from what a client says of
  itself. A client says only when its first token was made.
- Every reply gets a fresh process and a fresh service on a port of its own; a short reply to somebody else warms the process up.
- Traces and seeds are fixed. Medians of five repeats; of three where trace and distance both differ from the standard, and one
  reply there where the trace takes longer than 20 s.
- A token has arrived when its last character is shown. Ours and the reference keep the last character in hand, since it may
  change or must carry the end; so each call's last token waits for the next call, and that is counted.
- Half of the latency passes before a call is applied, half after. Everything runs on one machine: there is no real network, and
  the service is a simulator.
- Ratios are taken within one run. The comparison is about the helper, not its platform.`

const goalSection = (goals: readonly Goal[]): string => `## Goals

${tableOf(
  ['measure', 'goal', 'figure', ''],
  goals.map((goal) => [goal.measure, goal.goal, goal.figure, verdictOf(goal)]),
)}`

const peerSection = (peers: PeersResult): string => `## Beside other helpers

\`${STANDARD.trace}\` (347 tokens, 1,413 characters, 6.65 s) at ${STANDARD.latencyMs} ms round trip. *First text* counts from the moment at which two
clusters exist, *lag* from a token's making to its arrival, *late* from the last token's making to the end of the text.
*Too soon* counts calls that come more than 25 ms before the helper's own least gap is over. CPU is that of the whole client
process, trace included. The reference is some twenty lines: one call in flight, a least gap, the closing flag on the last chunk.

${tableOf(
  [
    'helper',
    'calls',
    'first text ms',
    'lag p50',
    'lag p95',
    'by character p95',
    'late ms',
    'too soon',
    'CPU ms',
  ],
  lines.map(({ name }) => {
    const own = runsOf(peers.runs, name, STANDARD)
    return [
      name,
      figure(middle(own, 'calls')),
      figure(middle(own, 'firstTextMs')),
      figure(middle(own, 'lagP50Ms')),
      figure(middle(own, 'lagP95Ms')),
      figure(middle(own, 'charLagP95Ms')),
      figure(middle(own, 'lastLateMs')),
      figure(middle(own, 'gapViolations')),
      figure(middle(own, 'cpuMs')),
    ]
  }),
)}

![Calls of one reply against the lag of its text](benchmarks/calls-and-lag.svg)

One awaited call a token is far outside, at some 350 calls and 22 s.

![Characters shown over time](benchmarks/text-over-time.svg)

### Other distances and traces

Calls / lag p95 in ms. A dash: the text never came whole.

${cellTable(
  peers,
  'english-60',
  [20, 80, 300, 800].map((latencyMs) => ({
    trace: STANDARD.trace,
    latencyMs,
    head: `${latencyMs} ms`,
  })),
)}

${cellTable(
  peers,
  'at 80 ms',
  TRACES.slice(1).map((trace) => ({ trace, latencyMs: STANDARD.latencyMs, head: trace })),
)}

${farTable(peers)}${failedNote(peers)}`

interface Column {
  readonly trace: string
  readonly latencyMs: number
  readonly head: string
}

const cellTable = (peers: PeersResult, corner: string, columns: readonly Column[]): string =>
  tableOf(
    [corner, ...columns.map(({ head }) => head)],
    lines
      .filter(({ plays }) => plays === 'everywhere')
      .map(({ name }) => [name, ...columns.map((column) => cellOf(peers, name, column))]),
  )

const cellOf = (peers: PeersResult, name: string, column: Column): string => {
  const own = runsOf(peers.runs, name, column)
  if (own.length === 0) return ''
  const whole = own.filter((run) => run.lagP95Ms !== null)
  return `${figure(middle(own, 'calls'))} / ${whole.length < own.length ? '–' : figure(middle(own, 'lagP95Ms'))}`
}

/** Traces and distances that both differ from the standard: ours and the reference alone, for the page's sake. */
const farTable = (peers: PeersResult): string => {
  const names = ['ours, 200 ms', 'reference, 200 ms']
  const traces = TRACES.slice(1)
  const distances = [20, 300, 800]
  return `${tableOf(
    ['both, 200 ms', ...traces],
    names.flatMap((name) =>
      distances.map((latencyMs) => [
        `${name.split(',')[0]} at ${latencyMs} ms`,
        ...traces.map((trace) => cellOf(peers, name, { trace, latencyMs, head: '' })),
      ]),
    ),
  )}

The other helpers' figures for these are in \`bench/results/\`. The reference fails where it meets what it does not know: a message that is full (\`long-15k\`),
or a character that a token splits (\`emoji-split-30\`).`
}

const failedNote = ({ failed }: PeersResult): string =>
  failed.length === 0
    ? ''
    : `\n\nNot played:\n\n${failed.map(({ line, trace, latencyMs, why }) => `- ${line}, ${trace} at ${latencyMs} ms: ${why}`).join('\n')}`

const kinds: readonly (readonly [FaultKind, string])[] = [
  ['dropAfter', 'applied, answer lost'],
  ['tooFast', 'refused for speed'],
  ['sourceFails', 'source fails'],
  ['killed', 'process killed'],
  ['swept', 'killed, then swept'],
]

const faultSection = (faults: FaultsResult | undefined): string | undefined =>
  faults &&
  `## Faults

\`english-60\` at 80 ms. An answer is lost at one call after another, each in a reply of its own; the others happen once, kills at
several moments. *Lost* and *repeated* are characters: the most of any reply; a notice of ours does not count. After a kill without
a sweep, lost is what had been made and was not shown. Helpers that replace the whole text with each call repeat nothing by
design. *Told* is how many callers got an error. For the post-and-edit helper nothing ever says that a message is closed.

${tableOf(
  ['helper', 'fault', 'replies', 'lost', 'repeated', 'left open', 'longest silence ms', 'told'],
  [...new Set(faults.runs.map(({ line }) => line))].flatMap((line) =>
    kinds.flatMap(([kind, words]) => {
      const runs = faults.runs.filter((run) => run.line === line && run.kind === kind)
      return runs.length === 0 ? [] : [faultRow(line, words, runs)]
    }),
  ),
)}

Silence of more than three seconds after the first answer was lost: the new message is looked for in the conversation's history, whose
times are whole seconds.`

const faultRow = (line: string, words: string, runs: readonly FaultRun[]) => {
  const most = (of: (run: FaultRun) => number) => figure(Math.max(...runs.map(of)))
  const neverCloses = line.includes('post and edit')
  return [
    line,
    words,
    runs.length,
    most(({ lost }) => lost),
    most(({ repeated }) => repeated),
    neverCloses ? '–' : runs.filter(({ closed }) => !closed).length,
    most(({ longestSilenceMs }) => longestSilenceMs),
    runs.filter(({ error }) => error !== undefined).length,
  ]
}

const crowdSection = (runs: readonly CrowdRun[]): string | undefined =>
  runs.length === 0
    ? undefined
    : `## Many at once

Replies of 6.65 s on 200 calls a second, starts spread evenly. Real time: 8 processes, DynamoDB (embedded) between them, the
server beside them on the same two cores. Virtual time: the same loop, budget and service's rules in one process, text coming every 50 ms;
the 10,000 start at the rate that keeps 200 under way. *Even* is the lag p95 of a schedule in which all call in turn at the full rate.
*Refused* counts calls that the service turned away: any second holds 200 at most. *Worst / median* compares the replies' own p95.

${tableOf(
  [
    'replies',
    'time',
    'processes',
    'spread s',
    'calls',
    'refused',
    'most in 1 s',
    'closed',
    'first text p95',
    'lag p50',
    'lag p95',
    'even',
    'worst / median',
    'CPU ms each',
    'KB each',
  ],
  runs.map((run) => [
    figure(run.replies),
    run.time,
    run.processes,
    run.spreadSeconds,
    figure(run.calls),
    run.refused,
    run.mostInASecond,
    figure(run.closed),
    figure(run.firstTextP95Ms),
    figure(run.lagP50Ms),
    figure(run.lagP95Ms),
    figure(run.evenP95Ms),
    run.worstOverMedian,
    figure(run.cpuMsPerReply),
    figure(run.kilobytesPerReply),
  ]),
)}

Processes are cold here; with few replies the first text shows it. *KB each* is the growth of the processes' resident memory, shared by their replies: with few it is mostly the process itself.`

const machineSection = (
  machine: MachineResult | undefined,
  functions: FunctionsResult | undefined,
): string | undefined =>
  machine &&
  functions &&
  `## What it costs the machine

${tableOf(
  ['', 'figure'],
  [
    ['CPU of a bare `node-fetch` call', `${figure(machine.cpuMsBare, 2)} ms`],
    [
      'CPU of a call through the loop, ten tokens each',
      `${figure(machine.cpuMsOurs, 2)} ms, ${figure(machine.ratio, 2)} ×`,
    ],
    [
      'the same with its write to DynamoDB',
      `${figure(machine.cpuMsOursDynamo, 2)} ms, ${figure(machine.ratioDynamo, 2)} ×`,
    ],
    [
      'heap of an open reply that waits for text',
      `${figure(machine.heapKilobytesPerOpenReply)} KB`,
    ],
    [
      'store, for one reply of `english-60`',
      `${machine.calls} calls, ${machine.writes} writes, ${machine.reads} reads, ${machine.budgetWrites} writes for its share of the budget`,
    ],
  ],
)}

Cold starts: the bundle out of the packaged zip, loaded in a fresh process, ${functions.starts} times, in turns; medians. *Added* is over an empty function.

${tableOf(
  ['', 'bundle KB', 'zip KB', 'load ms', 'added ms', 'CPU ms', 'memory MB'],
  functions.functions.map(
    ({ name, bundleBytes, archiveBytes, loadMs, addedMs, cpuMs, rssMegabytes }) => [
      name,
      figure(bundleBytes / 1_000),
      figure(archiveBytes === undefined ? undefined : archiveBytes / 1_000),
      figure(loadMs, 1),
      figure(addedMs, 1),
      figure(cpuMs, 1),
      figure(rssMegabytes),
    ],
  ),
)}

\`@aws-sdk/client-dynamodb\` is bundled in the same way, alone; ours carry \`node-fetch\`, logger and metrics too. Median of all own functions: ${figure(
    median(
      functions.functions.filter(({ archiveBytes }) => archiveBytes).map(({ addedMs }) => addedMs),
    ),
  )} ms.`
