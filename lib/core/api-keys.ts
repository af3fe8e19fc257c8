import { fieldsOf, parsedJson } from './json.ts'
import { listed } from './listed.ts'
import { err, ok, type Result } from './result.ts'
import { tokenProblem } from './token-rule.ts'

/** What a key of the replies API may do. */
export const keyVerbs = ['send', 'read', 'cancel', 'admin'] as const

export type KeyVerb = (typeof keyVerbs)[number]

/** One named key of `REPLIES_API_KEYS`. */
export interface ApiKey {
  readonly name: string
  /** Two while they are rotated. */
  readonly tokens: readonly string[]
  /** The bots whose replies it may touch; absent: all. */
  readonly bots?: readonly string[]
  readonly may: readonly KeyVerb[]
  /** From then on the key is none; absent: never. */
  readonly untilMs?: number
}

type Reading<T> = Result<T, string>

const EXAMPLE = '{"crm": {"token": "…", "bots": ["@RBT#shop"], "may": ["send", "read"]}}'
const MOST_KEYS = 100
const knownFields: ReadonlySet<string> = new Set(['token', 'bots', 'may', 'until'])

const isName = (name: string): boolean => /^[\w.-]{1,64}$/.test(name)

/**
 * Reads `REPLIES_API_KEYS`. The error is the rest of a sentence that begins with the variable's name: it names the key and the
 * field that are wrong, and shows nothing else of what stands there.
 */
export const parseApiKeys = (text: string): Reading<readonly ApiKey[]> => {
  const parsed = parsedJson(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return err(`must be a JSON object of named keys, such as ${EXAMPLE}`)
  }
  const entries = Object.entries(parsed)
  if (entries.length > MOST_KEYS) return err(`must have at most ${MOST_KEYS} keys`)

  const keys: ApiKey[] = []
  for (const [index, [name, value]] of entries.entries()) {
    const key = keyOf(name, value, index + 1)
    if (!key.ok) return key
    const twin = keys.find(({ tokens }) => tokens.some((token) => key.value.tokens.includes(token)))
    if (twin !== undefined) return err(`${name}.token must differ from that of ${twin.name}`)
    keys.push(key.value)
  }
  return ok(keys)
}

/**
 * What is wrong where a key has a token that `REPLIES_API_TOKEN` has as well, and with it every right: the rest of a sentence
 * that begins with `REPLIES_API_KEYS`, as `parseApiKeys` gives it. `undefined` where they differ.
 */
export const sharedToken = (
  keysText: string | undefined,
  tokensText: string | undefined,
): string | undefined => {
  const keys = parseApiKeys(keysText ?? '{}')
  const own = listed(tokensText)
  const twin = keys.ok && keys.value.find(({ tokens }) => tokens.some((one) => own.includes(one)))
  return twin
    ? `${twin.name}.token must differ from REPLIES_API_TOKEN, whose holder may do everything`
    : undefined
}

const keyOf = (name: string, value: unknown, position: number): Reading<ApiKey> => {
  // Whoever mixes up name and token shall not read the token in the log.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err(`must have an object for each key, such as ${EXAMPLE}: look at key ${position}`)
  }
  if (!isName(name)) {
    return err(`must name each key with 1 to 64 of A-Z a-z 0-9 . _ -: look at key ${position}`)
  }
  const fields = fieldsOf(value)
  if (Object.keys(fields).some((field) => !knownFields.has(field))) {
    return err(`${name} must have no other fields than token, bots, may and until`)
  }
  return readFields(name, fields)
}

const readFields = (name: string, fields: Readonly<Record<string, unknown>>): Reading<ApiKey> => {
  const tokens = tokensOf(fields['token'])
  if (!tokens.ok) return err(`${name}.token ${tokens.error}`)
  const bots = botsOf(fields['bots'])
  if (!bots.ok) return err(`${name}.bots ${bots.error}`)
  const may = verbsOf(fields['may'])
  if (!may.ok) return err(`${name}.may ${may.error}`)
  const until = untilOf(fields['until'])
  if (!until.ok) return err(`${name}.until ${until.error}`)
  return ok({
    name,
    tokens: tokens.value,
    may: may.value,
    ...(bots.value === undefined ? {} : { bots: bots.value }),
    ...(until.value === undefined ? {} : { untilMs: until.value }),
  })
}

const tokensOf = (value: unknown): Reading<readonly string[]> => {
  if (typeof value !== 'string') return err('must be a string')
  const tokens = value.split(',').map((token) => token.trim())
  const problem = tokens.map((token) => tokenProblem(token)).find((one) => one !== undefined)
  return problem === undefined ? ok(tokens) : err(problem)
}

const listOf = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) && value.length > 0 ? value : undefined

const botsOf = (value: unknown): Reading<readonly string[] | undefined> => {
  if (value === undefined) return ok(undefined)
  const bots = listOf(value)?.filter(
    (bot): bot is string => typeof bot === 'string' && /^@RBT#\S+$/.test(bot),
  )
  return bots === undefined || bots.length !== listOf(value)?.length
    ? err('must be a list of bots, each beginning with @RBT#; without it the key may use all')
    : ok(bots)
}

const verbsOf = (value: unknown): Reading<readonly KeyVerb[]> => {
  if (value === undefined) return ok(keyVerbs)
  const asked = listOf(value)
  const isKnown = asked?.every((verb) => keyVerbs.some((known) => known === verb))
  return isKnown
    ? ok(keyVerbs.filter((verb) => asked?.includes(verb)))
    : err(`must be a list of ${keyVerbs.join(', ')}; without it the key may do all`)
}

const untilOf = (value: unknown): Reading<number | undefined> => {
  if (value === undefined) return ok(undefined)
  const [text, day] =
    (typeof value === 'string' && /^(\d{4}-\d\d-\d\d)(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.exec(value)) ||
    []
  const untilMs = Date.parse(text ?? '')
  return Number.isNaN(untilMs) || !isInCalendar(day ?? '')
    ? err('must be a day such as 2027-01-01, or a time such as 2027-01-01T12:00:00Z')
    : ok(untilMs)
}

/** `Date.parse` takes 30 February for 2 March. */
const isInCalendar = (day: string): boolean => new Date(day).toISOString().startsWith(day)
