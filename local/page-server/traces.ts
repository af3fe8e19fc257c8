import { readdirSync, readFileSync } from 'node:fs'
import type { TraceToken } from '../trace-model-events.ts'

const directory = new URL('../../test/traces/', import.meta.url)
const suffix = '.jsonl'

/** Names of the recorded answers, without directory and suffix. */
export const traceNames: readonly string[] = readdirSync(directory)
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length))
  .sort()

/** A recorded answer, token by token; `name` is one of `traceNames`. */
export const readTokens = (name: string): readonly TraceToken[] =>
  readFileSync(new URL(name + suffix, directory), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TraceToken)
