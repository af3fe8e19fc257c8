import { readdirSync, readFileSync } from 'node:fs'
import { type TraceToken, traceOf } from '../model/events.ts'

const directory = new URL('../../test/traces/', import.meta.url)
const suffix = '.jsonl'

/** A short answer with some of everything, for the first look. */
const SHORT = 'tides'
const SHORT_TOKENS_PER_SECOND = 20

const shortAnswer = (): readonly TraceToken[] =>
  traceOf(
    // Not every machine has a font with pictures.
    readFileSync(new URL('../demo/reply.md', import.meta.url), 'utf8')
      .replace(/ ?\p{Extended_Pictographic}/gu, '')
      .trim(),
    SHORT_TOKENS_PER_SECOND,
  )

/** Names of the recorded answers, the short one first. */
export const traceNames: readonly [string, ...string[]] = [
  SHORT,
  ...readdirSync(directory)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort(),
]

/** A recorded answer, token by token; `name` is one of `traceNames`. */
export const readTokens = (name: string): readonly TraceToken[] =>
  name === SHORT
    ? shortAnswer()
    : readFileSync(new URL(name + suffix, directory), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as TraceToken)
