import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clusterBoundaryAt,
  clusterEnds,
  firstClusterLength,
  lastClusterStart,
} from '../../../lib/core/text/graphemes.ts'
import { wellFormed } from '../../../lib/core/text/well-formed.ts'

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
  expect(firstClusterLength(`a${'\u0301'.repeat(63)}b`)).toBe(64)
})

describe('a cluster of more than 64 units', () => {
  const marks = '\u0301'.repeat(500)

  test('may be cut behind as many, so that nothing waits for its end', () => {
    expect(firstClusterLength(`a${marks}b`)).toBe(64)
    expect(lastClusterStart(`a${marks}`)).toBe(501 - 64)
    expect(clusterBoundaryAt(`a${marks}b`, 300)).toBe(301 - 64)
    expect([...clusterEnds(`a${'\u0301'.repeat(99)}b`)]).toEqual([64, 100, 101])
  })

  test('is cut between characters', () => {
    const tagged = `🏴${'\u{e0067}'.repeat(100)}`
    for (const text of [tagged, `a${tagged}`]) {
      const places = [firstClusterLength(text), lastClusterStart(text), ...clusterEnds(text)]
      for (const place of places)
        expect(wellFormed(text.slice(0, place))).toBe(text.slice(0, place))
    }
  })
})

test('clusterEnds are the ends of all clusters, wherever a window of them ends', () => {
  const long = fc.array(hardText, { maxLength: 30 }).map((texts) => texts.join(''))
  fc.assert(
    fc.property(fc.oneof(hardText, long), (text) => {
      fc.pre(boundariesOf(text).every((end, nth, ends) => end - (ends[nth - 1] ?? 0) <= 64))

      expect([0, ...clusterEnds(text)]).toEqual(boundariesOf(text))
      for (const limit of [text.length >>> 1, text.length >>> 2]) {
        const expected = Math.max(...boundariesOf(text).filter((b) => b <= limit))
        expect(clusterBoundaryAt(text, limit)).toBe(expected)
      }
    }),
    { numRuns: 500 },
  )
})

test('a row of flags is cut between flags, however long it is', () => {
  for (const letters of [127, 128, 129, 1_001]) {
    const row = `a${'🇰'.repeat(letters)}`
    const before = 1 + 4 * Math.floor((letters - 1) / 2)

    expect(lastClusterStart(row)).toBe(before)
    expect(clusterBoundaryAt(`${row}b`, before + 1)).toBe(before)
  }
})
