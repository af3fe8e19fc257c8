import { globSync, readFileSync } from 'node:fs'

export interface FoundExpression {
  /** Where it stands, such as `lib/core/json.ts:12`. */
  readonly place: string
  readonly expression: RegExp
}

/** Every regular expression that the source text of `lib/` has. */
export const expressionsOfLib = (): readonly FoundExpression[] =>
  globSync('lib/**/*.ts')
    .filter((path) => !path.endsWith('.d.ts'))
    .sort()
    .flatMap((path) =>
      expressionsIn(readFileSync(path, 'utf8')).map(({ line, expression }) => ({
        place: `${path}:${line}`,
        expression,
      })),
    )

/** The tokens that matter here; what is none of them is passed over, a character at a time. */
const token = new RegExp(
  [
    String.raw`(?<skipped>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)`,
    String.raw`(?<literal>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")`,
    String.raw`(?<slash>\/(?<pattern>(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\[\n])+)\/(?<flags>[a-z]*))`,
    String.raw`(?<word>[\w$]+)`,
    String.raw`(?<other>[\s\S])`,
  ].join('|'),
  'y',
)

/** From the start of a template, or the end of an expression in it, to its end or to the next expression. */
const templatePart = /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y

/** A slash behind a value divides; behind anything else it begins a regular expression. */
const beginsExpression = /^(?:|return|case|typeof|in|of|[^\w$)\]}'"`])$/

interface Scan {
  readonly source: string
  readonly found: { line: number; expression: RegExp }[]
  /** Of each template that is open, how many braces are open in its expression. */
  readonly templates: number[]
  at: number
  /** The word or the last character of the token before. */
  before: string
}

/** The regular expressions of a source text, in their order. */
export const expressionsIn = (source: string): Scan['found'] => {
  const scan: Scan = { source, found: [], templates: [], at: 0, before: '' }
  while (scan.at < source.length) if (!passTemplate(scan)) passToken(scan)
  return scan.found
}

/** True when a part of a template stands here, and is behind us now. */
const passTemplate = (scan: Scan): boolean => {
  const character = scan.source[scan.at]
  const goesOn = character === '}' && scan.templates.at(-1) === 0
  templatePart.lastIndex = scan.at
  if ((character !== '`' && !goesOn) || !templatePart.test(scan.source)) return false
  scan.at = templatePart.lastIndex
  scan.before = scan.source[scan.at - 1] ?? ''
  if (goesOn) scan.templates.pop()
  if (scan.before === '{') scan.templates.push(0)
  return true
}

const passToken = (scan: Scan): void => {
  const { source, at, before, found } = scan
  token.lastIndex = at
  const { skipped, pattern, flags, word, other } = token.exec(source)?.groups ?? {}
  const isExpression = pattern !== undefined && beginsExpression.test(before)
  if (isExpression) {
    const line = source.slice(0, at).split('\n').length
    found.push({ line, expression: new RegExp(pattern, flags) })
  }
  const divides = pattern !== undefined && !isExpression
  scan.at = divides ? at + 1 : token.lastIndex
  // Behind an expression, as behind any value, a slash divides.
  if (skipped === undefined) scan.before = divides ? '/' : (word ?? other ?? ')')
  countBrace(scan.templates, other)
}

const countBrace = (templates: number[], character: string | undefined): void => {
  const innermost = templates.pop()
  if (innermost === undefined) return
  const change = character === '{' ? 1 : character === '}' ? -1 : 0
  templates.push(innermost + change)
}

/** What classes of characters stand for, one character of each. */
const members: readonly string[] = [
  ...'aZ09 \n\t./:#=-_"\'`~*\\,;!?()[]{}<>@%&+|',
  '中',
  '。',
  '\u0301',
  '🚀',
]
const pairs: readonly string[] = [
  'a.',
  'a ',
  'a:',
  '/a',
  ', ',
  '\n ',
  '. ',
  '."',
  '{"',
  'a,',
  '0.',
  '\n\n',
  '\ud83d',
]

/**
 * Long texts that a regular expression may have trouble with: one or two characters again and again, behind the letters that
 * its pattern begins with and before a character that it does not expect there.
 */
function* hostileTexts(pattern: string, chars: number): Generator<string, void, void> {
  const own = new Set([...pattern.replace(/\\[a-zA-Z]/g, '')].filter((unit) => /\S/.test(unit)))
  const beginning =
    /^\^?((?:[\w ]|\\?[-/#:.=@"'`~])*)/.exec(pattern)?.[1]?.replaceAll('\\', '') ?? ''
  for (const unit of new Set([...members, ...pairs, ...own])) {
    const body = unit.repeat(Math.ceil(chars / unit.length))
    for (const end of ['', '\u0000']) {
      yield body + end
      if (beginning !== '') yield beginning + body + end
    }
  }
}

/** CPU time of the hostile text that takes an expression longest, in ms; ends at the first that takes longer than `enoughMs`. */
export const slowestMs = (expression: RegExp, chars: number, enoughMs: number): number => {
  let slowest = 0
  for (const text of hostileTexts(expression.source, chars)) {
    const before = process.cpuUsage()
    apply(expression, text)
    const { user, system } = process.cpuUsage(before)
    slowest = Math.max(slowest, (user + system) / 1_000)
    if (slowest > enoughMs) break
  }
  return slowest
}

const apply = (expression: RegExp, text: string): void => {
  expression.lastIndex = 0
  if (!expression.global) expression.test(text)
  else for (const _ of text.matchAll(expression));
}
