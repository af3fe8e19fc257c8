import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fragmentsOf, withoutFragments } from '../../../lib/core/text/without-fragments.ts'

const without = (text: string, secret: string, chars = 4): string =>
  withoutFragments(text, new Set(fragmentsOf(secret, chars)), chars)

describe('withoutFragments', () => {
  it.each([
    ['the secret is abcdefgh.', 'the secret is ….'],
    ['abcdefgh', '…'],
    ['cdef and bcde', '… and …'],
    ['abcdefghabcdefgh', '…'],
    ['abc def gh', 'abc def gh'],
    ['x'.repeat(3), 'xxx'],
    ['', ''],
  ])('makes of %j', (text, shown) => {
    expect(without(text, 'abcdefgh')).toBe(shown)
  })

  const few = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 })

  it('leaves no fragment of the secret, and all that touches none', () => {
    fc.assert(
      fc.property(few, few, (text, secret) => {
        const shown = without(text, secret)
        expect(fragmentsOf(secret, 4).filter((fragment) => shown.includes(fragment))).toEqual([])
        const kept = [...text].filter((_, at) =>
          fragmentsOf(text.slice(Math.max(at - 3, 0), at + 4), 4).every(
            (near) => !secret.includes(near),
          ),
        )
        expect(shown.replaceAll('…', '')).toBe(kept.join(''))
      }),
      { numRuns: 2_000 },
    )
  })
})
