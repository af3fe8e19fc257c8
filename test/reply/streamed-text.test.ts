import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textBuffer } from '../../lib/reply/text-buffer.ts'

/** What is done to a buffer: text comes, so much of what is pending is taken, or all but the first character gives way. */
const step = fc.oneof(
  fc.record({ append: fc.string({ unit: fc.constantFrom('a', 'b', '👩', '\ud83d', '\ude80') }) }),
  fc.record({ take: fc.double({ min: 0, max: 1, noNaN: true }) }),
)

describe.each([true, false])('a buffer that merges its pieces: %s', (merge) => {
  test('gives out what came in, in order and once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffer = textBuffer(merge)
        let arrived = ''
        let taken = ''
        const take = (chars: number) => {
          taken += buffer.pending().slice(0, chars)
          buffer.take(chars)
        }

        for (const one of steps) {
          if ('append' in one) {
            buffer.append(one.append)
            arrived += one.append
          } else take(Math.ceil(one.take * buffer.pending().length))
        }
        buffer.finish()
        while (buffer.pending() !== '') take(buffer.pending().length)

        expect(taken).toBe(arrived.replace(/\p{Surrogate}/gu, '\ufffd'))
        expect(buffer.chars()).toBe(0)
        expect(buffer.ended()).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('gives way to what is made of the text that was not taken', () => {
    const buffer = textBuffer(merge)
    for (const piece of ['one ', 'two ', 'three ']) buffer.append(piece)
    buffer.take(4)

    buffer.endWith((unsent) => `${unsent}…`)

    expect(buffer.pending()).toBe('two three …')
    expect(buffer.chars()).toBe(11)
    expect(buffer.ended()).toBe(true)
  })
})

test('pieces that are taken one by one are moved a few times each, however many there are', () => {
  const { splice, slice } = Array.prototype
  const pieces = 38_000
  let moved = 0
  const buffer = textBuffer(false)
  for (let i = 0; i < pieces; i += 1) buffer.append('piece')
  buffer.finish()

  Array.prototype.splice = function (...given: unknown[]) {
    moved += this.length
    return Reflect.apply(splice, this, given)
  }
  Array.prototype.slice = function (...given: unknown[]) {
    moved += this.length
    return Reflect.apply(slice, this, given)
  }
  try {
    while (buffer.pending() !== '') buffer.take(5)
  } finally {
    Object.assign(Array.prototype, { splice, slice })
  }

  expect(moved).toBeLessThanOrEqual(4 * pieces)
})
