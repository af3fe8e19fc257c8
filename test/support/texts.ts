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

/** All that a recorded model said. */
export const traceText = (name: string): string => textOf(readTrace(name))

/** The text in `count` parts of about the same length. */
export const cutInto = (text: string, count: number): readonly string[] => {
  const at = (index: number) => Math.round((text.length * index) / count)
  return Array.from({ length: count }, (_, index) => text.slice(at(index), at(index + 1)))
}

/** The same items in another order each time. */
export const shuffled = <T>(items: readonly T[]): readonly T[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)

/** Texts of many scripts, and of what scripts make hardest; each is repeated to any size. */
const units: Readonly<Record<string, string>> = {
  ASCII: 'Some plain words, and a line.\n',
  Han: '今天天气很好，我们去公园。',
  kana: 'ひらがなとカタカナをかく。',
  'Hangul jamo': '\u1112\u1161\u11ab\u1100\u1173\u11af ',
  Devanagari: 'क्षत्रिय संस्कृत ',
  Thai: 'ที่นี่มีน้ำ',
  Arabic: 'السَّلامُ عليكم ',
  'emoji joined': '👩🏽\u200d🚀👨\u200d👩\u200d👧❤\ufe0f',
  flags: '🇰🇷🇯🇵',
  'combining marks': `z${'\u0335\u0321\u0301\u0300'.repeat(7)}`,
  'one endless cluster': '\u0301',
  Tibetan: 'བོད་ཡིག་སྒྲུབ་',
  'marks behind spaces': ' \u0301',
}

export const hardScripts: readonly string[] = Object.keys(units)

export const hardText = (script: string, utf8Bytes: number): string => {
  const unit = units[script] ?? ''
  return unit.repeat(Math.ceil(utf8Bytes / Buffer.byteLength(unit)))
}

/** A text in pieces of equal length, but for the last one; they may cut anything. */
export const inPiecesOf = (text: string, chars: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / chars) }, (_, nth) =>
    text.slice(nth * chars, (nth + 1) * chars),
  )
