import { TRACES } from '../../test/support/texts.ts'
import { lines } from '../lines.ts'
import { middle, runsOf } from '../lines-summary.ts'
import { figure, tableOf } from '../markdown.ts'
import { type PeersResult, STANDARD } from '../parts/peers.ts'

/** The helpers side by side: the standard trace with its plots, then other distances and traces. */
export const peerSection = (peers: PeersResult): string => `## Beside other helpers

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
