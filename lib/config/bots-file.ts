import * as v from 'valibot'
import { isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { err, ok, type Result } from '../core/result.ts'
import { botVariables, mayBeSecret } from './bot-variables.ts'
import { type BotEntry, type BotField, type BotsFile, secretFieldIn } from './bots.ts'

/** Fields of the secret that are the service's own: no bot may send them anywhere. */
const ownSecrets = /^(?:CHAT_|REPLIES_|MYSQL_)/

type Variables = Readonly<Record<string, v.GenericSchema<unknown, unknown>>>

interface Reading {
  readonly variables: Variables
  readonly lineOf: (node: unknown) => number
  /** Notes what is wrong at a node. */
  readonly wrong: (node: unknown, what: string) => void
}

/**
 * Reads `bots.yml`. Where something is wrong with it: a line for each problem, with its place and what to do; none of them shows a
 * value. `sources` are the names that REPLY_SOURCE may have.
 */
export const readBotsFile = (
  text: string,
  file: string,
  sources: readonly string[],
): Result<BotsFile, readonly string[]> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const problems: { readonly line: number; readonly what: string }[] = []
  const lineOf = (node: unknown): number => lines.linePos(startOf(node)).line
  const wrong = (node: unknown, what: string) => problems.push({ line: lineOf(node), what })
  for (const { pos, message } of document.errors) {
    problems.push({ line: lines.linePos(pos[0]).line, what: syntaxProblem(message) })
  }
  const reading = { variables: botVariables(sources) as Variables, lineOf, wrong }
  const bots = problems.length === 0 ? readBots(reading, document.contents) : {}
  if (problems.length === 0) return ok({ file, bots })
  return err(problems.map(({ line, what }) => `${file}:${line}: ${what}`))
}

const startOf = (node: unknown): number => {
  const range =
    typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0
}

const syntaxProblem = (message: string): string => {
  const [what = ''] = message.split('\n')
  const fix = message.includes('@') ? '; put the names of bots into quotes: "@RBT#sales"' : ''
  return `is no YAML here: ${what.replace(/ at line.*$/, '')}${fix}`
}

const readBots = (reading: Reading, root: unknown): BotsFile['bots'] => {
  const { wrong } = reading
  const bots: Record<string, BotEntry> = {}
  const shape = 'must be `bots:` with the name of each bot below it'
  if (!isMap(root)) {
    wrong(root, shape)
    return bots
  }
  for (const pair of root.items) {
    if (textOf(pair.key) !== 'bots')
      wrong(pair.key, `${textOf(pair.key)} is not known: the file ${shape}`)
    else if (isMap(pair.value)) Object.assign(bots, readAll(reading, pair.value))
    else wrong(pair.key, shape)
  }
  return bots
}

const readAll = (reading: Reading, map: YAMLMap): Record<string, BotEntry> => {
  const bots: Record<string, BotEntry> = {}
  for (const pair of map.items) {
    const name = textOf(pair.key)
    if (isBotName(name)) bots[name] = readBot(reading, name, pair)
    else {
      reading.wrong(
        pair.key,
        `${name} is no name of a bot: it begins with @RBT#, has at most 32 bytes, and stands in quotes`,
      )
    }
  }
  return bots
}

const isBotName = (name: string): boolean =>
  /^@RBT#[^\p{Cc}\p{Surrogate}]+$/u.test(name) && Buffer.byteLength(name) <= 32

const readBot = (reading: Reading, bot: string, { key, value }: Pair): BotEntry => {
  const fields: Record<string, BotField> = {}
  const line = reading.lineOf(key)
  if (!isMap(value)) {
    reading.wrong(key, `${bot} must have variables below it, such as REPLY_SOURCE: openai`)
    return { line, fields }
  }
  for (const pair of value.items) {
    const name = textOf(pair.key)
    const problem = (what: string) => reading.wrong(pair.key, `${bot}: ${name} ${what}`)
    const given = readValue(pair.value)
    if (given === undefined) problem('must have one value')
    else {
      const why = problemOf(reading.variables, name, given)
      if (why !== undefined) problem(why)
      fields[name] = { value: given, line: reading.lineOf(pair.key) }
    }
  }
  return { line, fields }
}

const problemOf = (variables: Variables, name: string, value: string): string | undefined => {
  const schema = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (schema === undefined) {
    return `is not known: ${nearestOf(name, Object.keys(variables))}`
  }
  if (value.includes('${secret:')) return secretProblem(name, value)
  const parsed = v.safeParse(schema, value)
  return parsed.issues?.[0].message
}

const secretProblem = (name: string, value: string): string | undefined => {
  const field = secretFieldIn(value)
  if (field === undefined)
    return `must be \${secret:FIELD} and nothing else, or no field of the secret`
  if (!mayBeSecret(name)) return 'cannot come from the secret: write its value here'
  return ownSecrets.test(field)
    ? `must not be ${field}, which is the service's own: put the bot's key into a field of its own`
    : undefined
}

/** Numbers and switches count as they are written; of an object, its JSON. */
const readValue = (node: unknown): string | undefined => {
  if (isMap(node)) return JSON.stringify(node.toJSON())
  if (!isScalar(node)) return undefined
  const { value } = node
  if (value === null) return ''
  return typeof value === 'string' ? value : (node.source ?? String(value))
}

/** A name as it stands there; it may be anything. */
const textOf = (node: unknown): string =>
  (isScalar(node) ? String(node.value).replace(/\s+/g, ' ').trim() : '') || '(no name)'

const nearestOf = (name: string, known: readonly string[]): string => {
  const [near] = known
    .map((one) => ({ one, far: distance(one, name.toUpperCase()) }))
    .sort((a, b) => a.far - b.far)
  return near !== undefined && near.far <= 3
    ? `is ${near.one} meant?`
    : `a bot may have ${[...known].sort().join(', ')}`
}

/** How many letters must be changed, added or left out. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + Number(letter !== other)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
