import { clusterBoundaryAt } from './graphemes.ts'
import { wellFormed } from './well-formed.ts'

/**
 * Moves the ends of pieces that cut a grapheme cluster back to the start of that cluster, and drops pieces that are empty
 * then: each piece can be sent in a call of its own, and the joined text stays the same.
 */
export const alignPieces = (pieces: readonly string[]): readonly string[] => {
  const text = wellFormed(pieces.join(''))
  const aligned: string[] = []
  let end = 0
  let from = 0
  for (const piece of pieces) {
    end += piece.length
    const boundary = clusterBoundaryAt(text, end)
    if (boundary > from) aligned.push(text.slice(from, boundary))
    from = Math.max(from, boundary)
  }
  return aligned
}

/** The number of the last piece that lies wholly within the first `sentChars` of the joined text; -1 for none. */
export const lastSentPiece = (pieces: readonly string[], sentChars: number): number => {
  let end = 0
  let last = -1
  for (const [seq, piece] of pieces.entries()) {
    end += piece.length
    if (end > sentChars) break
    last = seq
  }
  return last
}
