import { isHighSurrogate, unitsAt } from './encoded-size.ts'

/**
 * The longest cluster that is never cut, in UTF-16 units; a longer one may be cut between characters, so that no text makes
 * work or memory grow. Unicode's stream-safe format (UAX #15) has 30 combining marks behind a character, 62 units at most.
 */
const MAX_CLUSTER = 64

/**
 * What is looked at to find the end of a cluster: starting anywhere, only the first cluster may be seen cut, since nothing
 * before a cluster decides where it ends; flags alone are counted from the first of their row.
 */
const WINDOW = 2 * MAX_CLUSTER

let segmenter: Intl.Segmenter | undefined

/** Made when it is first needed: that takes several milliseconds, and plain text does without. */
const clustersOf = (text: string): Intl.Segments => {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** Gets ready what the first text other than plain ASCII needs, at a time when nobody waits. */
export const warmGraphemes = (): void => {
  clustersOf('')
}

/**
 * Where the last grapheme cluster of a text begins: all before it can never change, whatever text follows. A high surrogate
 * at the very end counts with the cluster before it, since the character it begins may join that cluster.
 */
export const lastClusterStart = (text: string): number => {
  const end = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length
  return end === 0 ? 0 : lastBoundaryBefore(text, end)
}

/** The last place not after `limit` at which a cluster of `text` begins or ends. */
export const clusterBoundaryAt = (text: string, limit: number): number => {
  if (limit <= 0) return 0
  if (limit >= text.length) return text.length
  // One unit more than `limit` shows whether `limit` itself is a boundary.
  return lastBoundaryBefore(text, limit + unitsAt(text, limit))
}

/** The length of the first cluster of a text, or of as much of it as is never cut. */
export const firstClusterLength = (text: string): number => {
  const first = clusterEnds(text).next()
  return first.done ? 0 : first.value
}

/** The ends of all clusters of a text in their order, those of the parts of a cluster that is too long among them. */
export function* clusterEnds(text: string): Generator<number, void, void> {
  let from = 0
  while (from < text.length) {
    if (from + 1 === text.length || arePlain(text, from)) {
      from += 1
      yield from
    } else {
      for (const end of endsFrom(text, from)) {
        from = end
        yield end
      }
    }
  }
}

/** At least one end after `from`, where a cluster begins; all of them can be told without what is not looked at. */
const endsFrom = (text: string, from: number): readonly number[] => {
  const seen = text.slice(from, from + WINDOW)
  const ends = Array.from(clustersOf(seen), ({ index, segment }) => from + index + segment.length)
  if (from + seen.length < text.length) ends.pop()
  const tooLong = ends.findIndex((end, nth) => end - (ends[nth - 1] ?? from) > MAX_CLUSTER)
  const whole = tooLong < 0 ? ends : ends.slice(0, tooLong)
  return whole.length > 0 ? whole : [characterStart(text, from + MAX_CLUSTER)]
}

/** The start of the last cluster of `text.slice(0, end)`. */
const lastBoundaryBefore = (text: string, end: number): number => {
  const from = startOfWindow(text, end)
  if (from === end - 1) return from
  let start = from
  for (const { index } of clustersOf(text.slice(from, end))) start = from + index
  return start < end - MAX_CLUSTER ? characterStart(text, end - MAX_CLUSTER) : start
}

/** Where to begin in order to find the last cluster: two plain characters never join, so between them is a boundary. */
const startOfWindow = (text: string, end: number): number => {
  const earliest = Math.max(end - WINDOW, 0)
  for (let i = end - 1; i > earliest; i -= 1) {
    if (arePlain(text, i - 1)) return i
  }
  return betweenFlags(text, characterStart(text, earliest))
}

/** A flag is two letters: in a row of them, the place or the one before it that stands between two flags. */
const betweenFlags = (text: string, at: number): number => {
  let letters = 0
  while (isFlagLetter(text, at - 2 * (letters + 1))) letters += 1
  return at - 2 * (letters % 2)
}

const isFlagLetter = (text: string, i: number): boolean => {
  const low = text.charCodeAt(i + 1)
  return text.charCodeAt(i) === 0xd83c && low >= 0xdde6 && low <= 0xddff
}

const arePlain = (text: string, i: number): boolean =>
  isPlain(text.charCodeAt(i)) && isPlain(text.charCodeAt(i + 1))

const isPlain = (unit: number): boolean =>
  (unit >= 0x20 && unit < 0x7f) || (unit >= 0x4e00 && unit <= 0x9fff)

const characterStart = (text: string, i: number): number =>
  i > 0 && unitsAt(text, i - 1) === 2 ? i - 1 : i
