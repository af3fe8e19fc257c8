import { type Fields, isObject, parsedJson } from '../../lib/core/json.ts'
import type { Figures, Notice } from '../page-server/page-parts.ts'

/** What becomes of the lines that functions print. */
export interface FunctionOutput {
  /** Warnings, errors and what is no log line are always shown; the rest where it was asked for. */
  print(functionName: string, line: string): void
  /** Shows a sentence to the developer, in the terminal and on the page. */
  note(functionName: string, sentence: string): void
  /** Calls `listener` with the `replyId` of each reply that the functions count as failed. */
  onFailedReply(listener: (replyId: string, functionName: string) => void): void
  readonly notices: readonly Notice[]
  /** The figures that the functions published of each reply (CloudWatch's embedded metric format), by `replyId`. */
  readonly figures: ReadonlyMap<string, Figures>
}

const loud = new Set(['WARN', 'ERROR', 'CRITICAL'])

/** Shows lines on standard error, and keeps those that matter for the page. */
export const functionOutput = (verbose: boolean, changed: () => void): FunctionOutput => {
  const notices: Notice[] = []
  const figures = new Map<string, Figures>()

  let failed = (_replyId: string, _functionName: string): void => {}

  const keepFigures = (functionName: string, entry: Fields): void => {
    const replyId = entry['replyId']
    if (typeof replyId !== 'string') return
    if (entry['RepliesFailed'] !== undefined) failed(replyId, functionName)
    figures.set(replyId, { ...figures.get(replyId), ...figuresOf(entry) })
    changed()
  }
  const keepNotice = (functionName: string, text: string): void => {
    notices.push({ atMs: Date.now(), functionName, text })
    changed()
  }

  return {
    notices,
    figures,
    onFailedReply: (listener) => {
      failed = listener
    },
    note(functionName, sentence) {
      console.error(`[${functionName}] ${sentence}`)
      keepNotice(functionName, sentence)
    },
    print(functionName, line) {
      const entry = parseObject(line)
      if (entry?.['_aws'] !== undefined) keepFigures(functionName, entry)
      const { matters, text } = weigh(line, entry)
      if (matters || verbose) console.error(`[${functionName}] ${verbose ? line : text}`)
      if (matters) keepNotice(functionName, text)
    },
  }
}

const weigh = (line: string, entry: Fields | undefined) =>
  entry === undefined
    ? { matters: true, text: line }
    : { matters: loud.has(String(entry['level'])), text: sentenceOf(entry) }

const figuresOf = (entry: Fields): Figures =>
  Object.fromEntries(
    Object.entries(entry).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value]] : [],
    ),
  )

const sentenceOf = (entry: Fields): string => {
  const details = Object.entries(entry)
    .filter(([name]) => !common.has(name))
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [String(entry['message']), ...details].join(', ')
}

/** What every log line has. */
const common = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
])

const parseObject = (line: string): Fields | undefined => {
  const value = parsedJson(line)
  return isObject(value) ? value : undefined
}
