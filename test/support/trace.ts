import { readFileSync } from 'node:fs'

/** One token of a model's stream. */
export interface Token {
  /** Milliseconds since the first token. */
  readonly t: number
  readonly text: string
}

const directory = new URL('../traces/', import.meta.url)

/** Every trace, described in test/traces/README.md. */
export const TRACES = [
  'english-60',
  'chinese-40',
  'emoji-split-30',
  'fast-400',
  'clumped-80',
  'tool-pause',
  'long-15k',
]

export const readTrace = (name: string): readonly Token[] =>
  readFileSync(new URL(`${name}.jsonl`, directory), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Token)

export const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('')
