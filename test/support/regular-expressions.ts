import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { parseAst } from 'vitest/node'
import { isObject } from '../../lib/core/json.ts'

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

/** The regular expressions of a source text, in their order. */
export const expressionsIn = (source: string): { line: number; expression: RegExp }[] => {
  const found: { line: number; expression: RegExp }[] = []
  const visit = (node: object): void => {
    if ('regex' in node && 'value' in node && 'start' in node) {
      const line = source.slice(0, Number(node.start)).split('\n').length
      if (node.value instanceof RegExp) found.push({ line, expression: node.value })
    }
    for (const child of Object.values(node)) if (isObject(child)) visit(child)
  }
  // Blanks stand where the types stood: lines stay what they were.
  visit(parseAst(stripTypeScriptTypes(source)))
  return found
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
