import { clusterBoundaryAt } from './graphemes.ts'

/** The earliest place at which a message may end at a boundary of each kind, in UTF-16 units of the text. */
export interface CutRules {
  readonly paragraph: number
  readonly line: number
  readonly sentence: number
  readonly word: number
}

/** Ends of sentences: with white space after a Western stop, at once after a Chinese or Japanese one. */
const sentenceEnd = /[.!?…]["')\]*_]*\s+|[。！？；]["'」』”’）]*/g
const wordEnd = /\s+/g
const lineEnd = /\n+/g
const paragraphEnd = /\n[ \t]*\n\s*/g

/** White space after a boundary belongs to what it ends, so a boundary is one only when it is seen what follows. */
const LOOK_AHEAD = 64

/** A line that opens a fence has fewer ends of words; in a text with more that do not fit, another kind of boundary is found. */
const MAX_TRIES = 64

/**
 * The best place not after `limit` to end a message in `text`: the last end of a paragraph, else of a line, a sentence, a
 * word, each no earlier than its rule says and with more text behind it. 0 when there is none of them.
 */
export const bestBoundary = (
  text: string,
  limit: number,
  rules: CutRules,
  allowed: (end: number) => boolean,
): number => {
  const kinds: ReadonlyArray<readonly [RegExp, number]> = [
    [paragraphEnd, rules.paragraph],
    [lineEnd, rules.line],
    [sentenceEnd, rules.sentence],
    [wordEnd, rules.word],
  ]
  for (const [pattern, from] of kinds) {
    const end = lastEnd(text, pattern, Math.max(from, 1), limit, allowed)
    if (end > 0) return end
  }
  return 0
}

const lastEnd = (
  text: string,
  pattern: RegExp,
  from: number,
  limit: number,
  allowed: (end: number) => boolean,
): number => {
  const seen = text.slice(0, limit + LOOK_AHEAD)
  const ends = Array.from(seen.matchAll(pattern), (m) => m.index + m[0].length)
  const inRange = (end: number) => end >= from && end <= limit && end < seen.length
  const fits = (end: number) => endsCluster(text, end) && allowed(end)
  return ends.filter(inRange).slice(-MAX_TRIES).reverse().find(fits) ?? 0
}

/**
 * A combining mark after a space belongs to it: only a cluster's end is a boundary. White space and the ends of sentences join
 * nothing before them, so the character behind them decides.
 */
const endsCluster = (text: string, end: number): boolean =>
  clusterBoundaryAt(text.slice(end - 1, end + 2), 1) === 1
