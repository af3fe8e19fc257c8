import { figure, tableOf } from '../markdown.ts'
import { type MarkdownResult, rawShare } from '../parts/markdown.ts'

/** How often readers see raw marks, and what it costs to spare them. */
export const markdownSection = (markdown: MarkdownResult | undefined): string | undefined =>
  markdown &&
  `## Markdown as it grows

Each trace with \`SMOOTH_MARKDOWN\` off / on, in virtual time, 80 ms away, at gaps of 200 to 207 ms: of all calls, the share after which
the text, rendered by the page's own renderer, shows stars, backticks, brackets, bars or number signs as such; calls of a reply and lag of
its tokens, means.

${tableOf(
  ['', 'calls that leave raw marks', 'calls', 'lag p95 ms'],
  tracesOf(markdown).map(({ trace, off, on }) => [
    trace,
    `${share(off)} / ${share(on)}`,
    `${figure(off.callsPerReply)} / ${figure(on.callsPerReply)}`,
    `${figure(off.lagP95Ms)} / ${figure(on.lagP95Ms)}`,
  ]),
)}

Over all traces ${percent(rawShare(markdown, false))} of the calls left raw marks before, ${percent(rawShare(markdown, true))} do now: a reply's first text, which waits for nothing,
and a table's first row, which is longer than what waits.`

const tracesOf = ({ runs }: MarkdownResult) =>
  runs.flatMap((off) => {
    const on = runs.find(({ trace, smooth }) => trace === off.trace && smooth)
    return off.smooth || on === undefined ? [] : [{ trace: off.trace, off, on }]
  })

const share = ({ rawCalls, calls }: { readonly rawCalls: number; readonly calls: number }) =>
  figure((100 * rawCalls) / calls, 1)

const percent = (part: number): string => `${figure(100 * part, 1)} %`
