import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Context } from '../context.ts'
import { type Goal, goalsOf, verdictOf } from '../goals.ts'
import { tableOf } from '../markdown.ts'
import { costPage } from '../page/cost-page.ts'
import { crowdSection } from '../page/crowd-section.ts'
import { faultSection } from '../page/fault-section.ts'
import { machineSection } from '../page/machine-section.ts'
import { markdownSection } from '../page/markdown-section.ts'
import { peerSection } from '../page/peer-section.ts'
import { textSection } from '../page/text-section.ts'
import { callsAgainstLag, textOverTime } from '../plots.ts'
import type { CrowdResult } from './crowd.ts'
import type { PeersResult } from './peers.ts'

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
    textSection(result('text')),
    markdownSection(result('markdown')),
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
)}${reasons(goals)}`

/** Why goals were missed that no program can meet, each reason once. */
const reasons = (goals: readonly Goal[]): string => {
  const missed = goals.filter(({ met, against }) => met === false && against !== undefined)
  if (missed.length === 0) return ''
  const lines = missed.map(({ measure, against }) => `- **${measure}**: ${against}`)
  return `\n\nWhat stands against those that are missed:\n\n${lines.join('\n')}`
}
