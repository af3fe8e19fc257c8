import { figure, tableOf } from '../markdown.ts'
import type { FaultKind, FaultRun, FaultsResult } from '../parts/faults.ts'

const kinds: readonly (readonly [FaultKind, string])[] = [
  ['dropAfter', 'applied, answer lost'],
  ['tooFast', 'refused for speed'],
  ['sourceFails', 'source fails'],
  ['killed', 'process killed'],
  ['swept', 'killed, then swept'],
]

/** What faults and kills leave of a reply, for each helper. */
export const faultSection = (faults: FaultsResult | undefined): string | undefined =>
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
