import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EMPTY_HASH, hashText } from '../../../lib/core/text/text-hash.ts'

test('hashing goes on where it stopped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(hashText(hashText(EMPTY_HASH, a), b)).toBe(hashText(EMPTY_HASH, a + b))
    }),
  )
})

test('texts that differ in one character differ in their hash', () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `chunk ${i} of a reply`)

  const hashes = new Set(texts.map((text) => hashText(EMPTY_HASH, text)))

  expect(hashes.size).toBe(texts.length)
})
