import { isHighSurrogate } from './encoded-size.ts'

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
  return lastBoundaryBefore(text, endOfCharacter(text, limit))
}

/** The length of the first cluster of a text. */
export const firstClusterLength = (text: string): number => {
  // No everyday cluster is longer than this; a longer one is found by looking at all of the text.
  for (const window of [64, text.length]) {
    const first = clustersOf(text.slice(0, window))[Symbol.iterator]().next()
    const length = first.done ? 0 : first.value.segment.length
    if (length < window || window === text.length) return length
  }
  return text.length
}

/** The start of the last cluster of `text.slice(0, end)`. */
const lastBoundaryBefore = (text: string, end: number): number => {
  const from = certainBoundary(text, end)
  if (from === end - 1) return from
  let start = from
  for (const { index } of clustersOf(text.slice(from, end))) start = from + index
  return start
}

/** A boundary before the last cluster, found without segmenting the whole text: two plain characters never join. */
const certainBoundary = (text: string, end: number): number => {
  for (let i = end - 1; i > 0; i -= 1) {
    if (isPlain(text.charCodeAt(i)) && isPlain(text.charCodeAt(i - 1))) return i
  }
  return 0
}

const isPlain = (unit: number): boolean =>
  (unit >= 0x20 && unit < 0x7f) || (unit >= 0x4e00 && unit <= 0x9fff)

const endOfCharacter = (text: string, i: number): number =>
  isHighSurrogate(text.charCodeAt(i)) ? i + 2 : i + 1
