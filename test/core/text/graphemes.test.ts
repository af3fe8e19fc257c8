import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clusterBoundaryAt,
  firstClusterLength,
  lastClusterStart,
} from '../../../lib/core/text/graphemes.ts'

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
const boundariesOf = (text: string) =>
  [...segmenter.segment(text)].map(({ index }) => index).concat(text.length)

const hardUnits = [
  ...'ab \n中',
  '\r\n',
  '\r',
  '👩',
  '\u200d',
  '🚀',
  '🏽',
  '🇰',
  '🇷',
  '\u0301',
  '각',
  'ᄀ',
  'ᅡ',
  'क',
  '्',
  'ि',
  '\u0600',
  '\ufe0f',
]
const hardText = fc.string({ unit: fc.constantFrom(...hardUnits), maxLength: 30 })

describe('lastClusterStart', () => {
  test('what stands before the last cluster never changes, whatever follows', () => {
    fc.assert(
      fc.property(hardText, hardText, fc.nat(60), (text, more, cutAt) => {
        const whole = text + more
        const arrived = whole.slice(0, Math.min(cutAt, whole.length))

        const start = lastClusterStart(arrived)

        expect(boundariesOf(whole)).toContain(start)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['one letter', 'a', 0],
    ['nothing', '', 0],
    ['a family that may still grow', 'x👨\u200d👩', 1],
    ['half an emoji belongs to the cluster before it', 'x👩\u200d\ud83d', 1],
    ['half an emoji alone', '\ud83d', 0],
    ['two flags', '🇰🇷🇯🇵', 4],
  ])('%s', (_, text, start) => {
    expect(lastClusterStart(text)).toBe(start)
  })

  test('a long text costs no more than its end', () => {
    const text = `${'word '.repeat(50_000)}👩‍🚀`

    expect(lastClusterStart(text)).toBe(250_000)
  })
})

test('clusterBoundaryAt is the last boundary up to a place', () => {
  fc.assert(
    fc.property(hardText, fc.nat(40), (text, limit) => {
      const expected = Math.max(...boundariesOf(text).filter((b) => b <= limit))

      expect(clusterBoundaryAt(text, limit)).toBe(Math.max(expected, 0))
    }),
    { numRuns: 5_000 },
  )
})

test('firstClusterLength is the first boundary', () => {
  fc.assert(
    fc.property(hardText, (text) => {
      expect(firstClusterLength(text)).toBe(text === '' ? 0 : boundariesOf(text)[1])
    }),
    { numRuns: 2_000 },
  )
  expect(firstClusterLength(`a${'\u0301'.repeat(500)}b`)).toBe(501)
})
