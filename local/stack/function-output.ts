import type { Figures, Notice } from '../page-server/page-parts.ts'

/** What becomes of the lines that functions print. */
export interface FunctionOutput {
  /** Warnings, errors and what is no log line are always shown; the rest where it was asked for. */
  print(functionName: string, line: string): void
  readonly notices: readonly Notice[]
  /** The figures that the functions published of each reply (CloudWatch's embedded metric format), by `replyId`. */
  readonly figures: ReadonlyMap<string, Figures>
}

const loud = new Set(['WARN', 'ERROR', 'CRITICAL'])

/** Shows lines on standard error, and keeps those that matter for the page. */
export const functionOutput = (verbose: boolean, changed: () => void): FunctionOutput => {
  const notices: Notice[] = []
  const figures = new Map<string, Figures>()
  return {
    notices,
    figures,
    print(functionName, line) {
      const entry = parseObject(line)
      const replyId = entry?.['_aws'] === undefined ? undefined : entry['replyId']
      if (entry !== undefined && typeof replyId === 'string') {
        figures.set(replyId, { ...figures.get(replyId), ...figuresOf(entry) })
        changed()
      }
      const matters = entry === undefined || loud.has(String(entry['level']))
      if (!matters && !verbose) return
      const text = sentenceOf(entry) ?? line
      console.error(`[${functionName}] ${verbose ? line : text}`)
      if (!matters) return
      notices.push({ atMs: Date.now(), functionName, text })
      changed()
    },
  }
}

const figuresOf = (entry: Readonly<Record<string, unknown>>): Figures =>
  Object.fromEntries(
    Object.entries(entry).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value]] : [],
    ),
  )

const sentenceOf = (entry: Readonly<Record<string, unknown>> | undefined): string | undefined => {
  if (entry === undefined) return undefined
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

const parseObject = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
