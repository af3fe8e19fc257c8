import { clusterEnds } from './graphemes.ts'
import { wellFormed } from './well-formed.ts'

/**
 * Moves the ends of pieces that cut a grapheme cluster back to the start of that cluster, and drops pieces that are empty
 * then: each piece can be sent in a call of its own, and the joined text stays the same.
 */
export const alignPieces = (pieces: readonly string[]): readonly string[] => {
  const text = wellFormed(pieces.join(''))
  const aligned: string[] = []
  const ends = clusterEnds(text)
  let next = ends.next()
  let end = 0
  let from = 0
  let boundary = 0
  for (const piece of pieces) {
    end += piece.length
    while (!next.done && next.value <= end) {
      boundary = next.value
      next = ends.next()
    }
    if (boundary > from) aligned.push(text.slice(from, boundary))
    from = boundary
  }
  return aligned
}

/** Tells the number of the last piece that lies wholly within the first `sentChars` of the joined text; -1 for none. */
export const lastSentPiece = (pieces: readonly string[]): ((sentChars: number) => number) => {
  let chars = 0
  const ends = pieces.map((piece) => {
    chars += piece.length
    return chars
  })
  return (sentChars) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ends[middle] ?? 0) <= sentChars) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
