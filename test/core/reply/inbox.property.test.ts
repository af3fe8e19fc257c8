import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  chunkTextBytes,
  holdable,
  MAX_WAITING_BYTES,
  receive,
  unstoredReply,
} from '../../../lib/core/reply/inbox.ts'
import type { PushedChunk, ReplyRecord } from '../../../lib/core/reply/record.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'

const replyId = 'reply-1' as ReplyId
const text = fc
  .tuple(fc.constantFrom('x', 'é', '"', '\n', '中', '👩', '\ud83d'), fc.nat(30_000))
  .map(([unit, times]) => unit.repeat(times))

const chunkOf = (seq: number, said: string): PushedChunk => ({ seq, text: said, finish: false })

/** A reply that holds some text, and in whose inbox chunks wait for a missing one. */
const recordOf = (heldText: string, waiting: readonly string[]): ReplyRecord => {
  const record = unstoredReply(replyId, chunkOf(0, ''), 0)
  const chunks = new Map(waiting.map((said, n) => [n + 8, said]))
  return { ...record, inbox: { ...record.inbox, nextSeq: 7, heldText, chunks } }
}

const sizeOf = ({ inbox }: ReplyRecord) =>
  [inbox.heldText, ...inbox.chunks.values()].reduce((sum, said) => sum + chunkTextBytes(said), 0)

test('a chunk ahead is taken as long as everything that waits or is held stays within 64 KiB', () => {
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 3 }), text, (heldText, waiting, said) => {
      const record = recordOf(heldText, waiting)

      const fits = sizeOf(record) + chunkTextBytes(said) <= MAX_WAITING_BYTES

      expect(receive(record, chunkOf(40, said))).toBe(fits ? 'new' : 'full')
    }),
  )
})

test('the chunk that everything waits for is taken whatever waits behind it, unless there is text to send before it', () => {
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 3 }), text, (heldText, waiting, said) => {
      const isLastCluster = chunkTextBytes(heldText) <= 1_024
      const fits = chunkTextBytes(heldText) + chunkTextBytes(said) <= MAX_WAITING_BYTES

      const reception = receive(recordOf(heldText, waiting), chunkOf(7, said))

      expect(reception).toBe(isLastCluster || fits ? 'new' : 'full')
    }),
  )
})

const inHand = fc.record({
  held: text,
  chunks: fc.array(text, { maxLength: 6 }),
  sent: fc.double({ min: 0, max: 1, noNaN: true }),
})

test('what is taken is what was begun, and as much more as may be held; the rest stays', () => {
  fc.assert(
    fc.property(inHand, ({ held, chunks, sent }) => {
      const ends: [{ seq: number; endChars: number }, ...{ seq: number; endChars: number }[]] = [
        { seq: 4, endChars: held.length },
      ]
      for (const said of chunks) {
        const last = ends.at(-1) ?? ends[0]
        ends.push({ seq: last.seq + 1, endChars: last.endChars + said.length })
      }
      const whole = held + chunks.join('')
      const sentChars = Math.floor(whole.length * sent)

      const taken = holdable(ends, whole.slice(sentChars), sentChars)

      const heldText = whole.slice(sentChars, Math.max(taken.endChars, sentChars))
      const left = chunks.slice(taken.seq - 4).join('')
      // Nothing is lost: what was sent, what is held and what stays are the text.
      expect(taken.endChars).toBeGreaterThanOrEqual(Math.min(sentChars, whole.length))
      expect(whole.slice(0, sentChars) + heldText + left).toBe(whole)
      // Held is within the bound, but for the rest of one chunk that was begun.
      const begunFrom = ends.findLast(({ endChars }) => endChars < sentChars)
      const mustTake = begunFrom === undefined ? 4 : begunFrom.seq + 1
      if (taken.seq > mustTake)
        expect(chunkTextBytes(heldText)).toBeLessThanOrEqual(MAX_WAITING_BYTES)
      // As much is taken as may be.
      const next = ends.find(({ seq }) => seq === taken.seq + 1)
      if (next !== undefined) {
        const more = whole.slice(sentChars, next.endChars)
        expect(chunkTextBytes(more)).toBeGreaterThan(MAX_WAITING_BYTES - 16 * chunks.length)
      }
    }),
  )
})
