import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

export const USAGE = `npm run demo                       one reply, end to end, on this machine
npm run demo -- --trace FILE       a token trace (test/traces/*.jsonl), pushed token by token
npm run demo -- --live --to USER   the reply goes to the real service; needs CHAT_SDK_APP_ID,
                                   CHAT_SECRET_KEY and CHAT_REGION of your application
  --from @RBT#NAME                 the bot that sends (default @RBT#demo); created where it is missing
  --verbose                        shows the log lines too`

/** What the demo plays, to whom. */
export interface DemoOptions {
  readonly text: string
  /** The text as a model gives it, where a trace is played. */
  readonly tokens?: readonly Token[]
  readonly live: boolean
  readonly from: string
  readonly to: string
  readonly verbose: boolean
}

/** A token and the milliseconds since the first one. */
export interface Token {
  readonly t: number
  readonly text: string
}

/** Reads the command line. Throws an Error that says what is wrong with it. */
export const readDemoOptions = (args: readonly string[]): DemoOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trace: { type: 'string' },
      live: { type: 'boolean', default: false },
      to: { type: 'string' },
      from: { type: 'string', default: '@RBT#demo' },
      verbose: { type: 'boolean', default: false },
    },
  })
  if (values.live && values.to === undefined) throw new Error('--live needs --to USER')
  return {
    ...(values.trace === undefined ? sample() : readTrace(values.trace)),
    live: values.live,
    from: values.from,
    to: values.to ?? 'user01',
    verbose: values.verbose,
  }
}

type Text = Pick<DemoOptions, 'text' | 'tokens'>

const sample = (): Text => ({
  text: readFileSync(new URL('reply.md', import.meta.url), 'utf8'),
})

const readTrace = (file: string): Text => {
  const tokens = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line, i) => parseToken(line, `${file}:${i + 1}`))
  return { text: tokens.map((token) => token.text).join(''), tokens }
}

const parseToken = (line: string, where: string): Token => {
  const token = parseLine(line)
  if (typeof token !== 'object' || token === null) throw new Error(`${where} is no JSON object`)
  const { t, text } = token as Partial<Token>
  if (typeof t !== 'number' || typeof text !== 'string') {
    throw new Error(`${where} must be {"t": milliseconds, "text": token}`)
  }
  return { t, text }
}

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
