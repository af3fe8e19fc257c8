import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alignPieces, lastSentPiece } from '../../../lib/core/text/align-pieces.ts'
import { wellFormed } from '../../../lib/core/text/well-formed.ts'

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

test('aligned pieces join to the same text and cut no cluster', () => {
  const unit = fc.constantFrom('a', ' ', '👩', '\u200d', '🚀', '\ud83d', '\ude80', '🇰', '\u0301')
  const pieces = fc.array(fc.string({ unit, maxLength: 6 }), { maxLength: 12 })
  fc.assert(
    fc.property(pieces, (given) => {
      const text = wellFormed(given.join(''))

      const aligned = alignPieces(given)

      expect(aligned.join('')).toBe(text)
      const starts = new Set([...segmenter.segment(text)].map(({ index }) => index))
      let at = 0
      for (const piece of aligned) {
        expect(piece).not.toBe('')
        expect(starts.has(at)).toBe(true)
        at += piece.length
      }
    }),
    { numRuns: 2_000 },
  )
})

test('whole pieces stay as they are', () => {
  expect(alignPieces(['Hello', ', ', 'world'])).toEqual(['Hello', ', ', 'world'])
  expect(alignPieces(['a', '\ud83d', '\ude80'])).toEqual(['a', '🚀'])
})

test('a piece counts as sent when all of it is', () => {
  const pieces = ['ab', '', 'cd']

  expect([0, 1, 2, 3, 4].map((chars) => lastSentPiece(pieces)(chars))).toEqual([-1, -1, 1, 1, 2])
})
