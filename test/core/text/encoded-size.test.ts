import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  chunkBytes,
  EMPTY_MESSAGE_BYTES,
  encodedBytes,
  unitsThatFit,
} from '../../../lib/core/text/encoded-size.ts'

const anyText = fc.string({
  unit: fc.constantFrom(...'a"\\\n\t\u0001é中', '👩‍🚀', '\ud83d', '\u2028'),
})

/** A message as the service keeps it. */
const messageBytes = (chunks: readonly string[]): number => {
  const data = JSON.stringify({ chatbotPlugin: 2, src: 2, chunks, isFinished: 1 })
  const body = [{ MsgType: 'TIMCustomElem', MsgContent: { Data: data } }]
  return Buffer.byteLength(JSON.stringify(body))
}

test('the size of a text is that of JSON inside a JSON string', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const stored = JSON.stringify(JSON.stringify(text))

      expect(encodedBytes(text)).toBe(Buffer.byteLength(stored) - '"\\"\\""'.length)
    }),
  )
})

test('a message is never larger than its chunks are counted', () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 20 }), (chunks) => {
      const counted = chunks.reduce((sum, chunk) => sum + chunkBytes(chunk), EMPTY_MESSAGE_BYTES)

      expect(counted).toBeGreaterThanOrEqual(messageBytes(chunks))
      expect(counted - messageBytes(chunks)).toBeLessThan(32)
    }),
  )
})

test('as many characters fit as the budget allows, and no half of a pair', () => {
  fc.assert(
    fc.property(anyText, fc.nat(60), (text, rateLimit) => {
      const fit = unitsThatFit(text, rateLimit)

      expect(encodedBytes(text.slice(0, fit))).toBeLessThanOrEqual(rateLimit)
      const next = String.fromCodePoint(text.codePointAt(fit) ?? 0)
      if (fit < text.length)
        expect(encodedBytes(text.slice(0, fit) + next)).toBeGreaterThan(rateLimit)
    }),
  )
})
