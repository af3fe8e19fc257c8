import { type MarkedToken, marked, type Token as Part } from 'marked'
import { deliveryWorld } from '../../test/support/delivery-world.ts'
import { readTrace, TRACES } from '../../test/support/texts.ts'
import type { Context } from '../context.ts'
import { tokenLags } from '../figures.ts'
import type { LoggedCall } from '../server/world.ts'
import { quantile, rounded } from '../statistics.ts'

/** What readers of one trace saw, with Markdown kept together (`smooth`) or not. */
interface MarkdownRun {
  readonly trace: string
  readonly smooth: boolean
  readonly calls: number
  /** Calls after which the text, rendered, shows marks that the whole text does not. */
  readonly rawCalls: number
  /** Means over the gaps. */
  readonly callsPerReply: number
  readonly lagP95Ms: number
}

export interface MarkdownResult {
  readonly runs: readonly MarkdownRun[]
}

/** The share of calls, over all traces, after which raw marks show. */
export const rawShare = ({ runs }: MarkdownResult, smooth: boolean): number => {
  const own = runs.filter((run) => run.smooth === smooth)
  return sum(own.map(({ rawCalls }) => rawCalls)) / sum(own.map(({ calls }) => calls))
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

const mean = (values: readonly number[]) => sum(values) / values.length

/** The default gap, and a little more as timers make of it, so that no figure hangs on where one call happens to fall. */
const GAPS_MS = [200, 201, 202, 203, 204, 205, 206, 207]

/** Every trace as it comes and smoothed, in virtual time, rendered after each call by the page's own renderer. */
export const markdown = async ({ say }: Context): Promise<MarkdownResult> => {
  const runs: MarkdownRun[] = []
  for (const trace of TRACES) {
    for (const smooth of [false, true]) runs.push(await play(trace, smooth))
    say(trace)
  }
  return { runs }
}

const play = async (trace: string, smoothMarkdown: boolean): Promise<MarkdownRun> => {
  const tokens = readTrace(trace)
  const counts: { calls: number; raw: number; lagMs: number }[] = []
  for (const minGapMs of GAPS_MS) {
    const world = deliveryWorld()
    const startMs = world.clock.now()
    await world.run(world.deliver(world.play(tokens), { smoothMarkdown, minGapMs }))
    const calls = world.sends().map(
      (call): LoggedCall => ({
        conversation: call.to ?? '',
        startedAtMs: call.startedAtMs,
        ...(call.appliedAtMs === undefined ? {} : { appliedAtMs: call.appliedAtMs }),
        does: 'append',
        message: call.msgKey ?? '',
        text: call.text ?? '',
        closes: call.finish,
      }),
    )
    const lagMs = quantile(tokenLags(calls, tokens, startMs), 0.95)
    counts.push({ calls: calls.length, raw: rawCallsOf(calls), lagMs })
  }
  return {
    trace,
    smooth: smoothMarkdown,
    calls: sum(counts.map(({ calls }) => calls)),
    rawCalls: sum(counts.map(({ raw }) => raw)),
    callsPerReply: rounded(mean(counts.map(({ calls }) => calls)), 1),
    lagP95Ms: rounded(mean(counts.map(({ lagMs }) => lagMs)), 1),
  }
}

const rawCallsOf = (calls: readonly LoggedCall[]): number => {
  const messages = new Map<string, string>()
  return calls.filter(({ message, text }) => {
    const shown = (messages.get(message) ?? '') + text
    messages.set(message, shown)
    return showsMarks(shown)
  }).length
}

/** Marks that a reader sees as such: stars, backticks and brackets of a link, a bar or a number sign at a line's start. */
const MARKS = /[*`]|\[[^\]\n]*$|\]\(|^ *(?:\||#{1,6}(?: |$))/m

const showsMarks = (text: string): boolean => MARKS.test(textIn(marked.lexer(text)))

const textIn = (parts: readonly Part[]): string =>
  parts.map((part) => wordsOf(part as MarkedToken)).join('')

const wordsOf = (part: MarkedToken): string => {
  switch (part.type) {
    case 'code':
    case 'codespan':
      return '-'
    case 'heading':
      // A heading without a word is an empty line to a reader, and its marks to many clients.
      return part.text === '' ? `${part.raw}\n` : `${textIn(part.tokens)}\n`
    case 'list':
      return part.items.map((item) => `${textIn(item.tokens)}\n`).join('')
    case 'table':
      return [part.header, ...part.rows]
        .flat()
        .map((cell) => `-${textIn(cell.tokens)}\n`)
        .join('')
    case 'text':
      return 'tokens' in part && part.tokens ? textIn(part.tokens) : part.text
    case 'escape':
      return '-'
    case 'space':
    case 'hr':
    case 'br':
      return '\n'
    default:
      return 'tokens' in part && part.tokens ? `${textIn(part.tokens)}\n` : ''
  }
}
