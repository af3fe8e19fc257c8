import fc from 'fast-check'
import { expect, test } from 'vitest'
import { charsThatFit } from '../../../lib/core/reply/fits-messages.ts'
import { TRUNCATION_MARK } from '../../../lib/core/reply/plan-chunk.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { sendReply } from '../../../lib/use-cases/send-reply.ts'
import { conversation, deliveryWorld, settings } from '../../support/delivery-world.ts'
import { never } from '../../support/unhurried.ts'

const LIMIT_BYTES = 1_200
const signals = { startBy: never, handOver: never, deadline: never }

test('a text has room where it and its fences fill twenty messages', () => {
  const line = 'a line of some words, and then some more of them\n'
  const whole = (lines: number) => ({ pieces: [line.repeat(lines)], piecewise: false })

  expect(charsThatFit(whole(200), LIMIT_BYTES)).toBeUndefined()
  const fits = charsThatFit(whole(600), LIMIT_BYTES) ?? 0
  expect(fits).toBeGreaterThan(20 * 400)
  expect(
    charsThatFit({ ...whole(1), pieces: [line.repeat(600).slice(0, fits)] }, LIMIT_BYTES),
  ).toBe(undefined)
})

test('what has room is sent whole, and what has none is not begun, piece by piece or at once', async () => {
  const piece = fc.string({
    unit: fc.constantFrom('word ', '中文', '\n```js\n', '\n```\n', '. ', '👩‍🚀'),
    minLength: 1,
    maxLength: 60,
  })
  const pieces = fc.array(piece, { minLength: 1, maxLength: 60 })
  const seen = { sent: 0, tooLong: 0 }
  await fc.assert(
    fc.asyncProperty(pieces, fc.boolean(), fc.constantFrom(1, 40), async (texts, piecewise, n) => {
      const world = deliveryWorld()
      const reply = {
        replyId: 'reply-1' as ReplyId,
        conversation,
        pieces: texts.map((text) => text.repeat(n)),
        piecewise,
      }
      const small = { ...settings, messageBytes: LIMIT_BYTES, minGapMs: 0 }
      const sent = await world.run(sendReply(world.deps, small, reply, signals))

      seen[sent.outcome === 'tooLong' ? 'tooLong' : 'sent'] += 1
      if (sent.outcome === 'tooLong') expect(world.sends()).toEqual([])
      else
        expect(sent).toMatchObject({
          receipt: { status: 'finished', progress: { truncated: false } },
        })
    }),
    { numRuns: 36, seed: 20_261_124 },
  )
  expect(Math.min(seen.sent, seen.tooLong)).toBeGreaterThan(2)
})

test('a text that comes bit by bit and passes twenty messages ends as failed, with a mark and the reason', async () => {
  const warnings: unknown[] = []
  const log = {
    info: () => {},
    warn: (event: string, fields: object = {}) => void warnings.push({ event, ...fields }),
  }
  const world = deliveryWorld({ log })
  async function* deltas() {
    for (let n = 0; n < 900; n += 1) yield `sentence number ${n} of a long answer. `
  }

  const receipt = await world.run(
    world.deliver(deltas(), { messageBytes: LIMIT_BYTES, minGapMs: 0 }),
  )

  const failure = { reason: 'too-long', detail: expect.stringContaining('20 messages') }
  expect(receipt).toMatchObject({ status: 'failed', failure, truncated: true })
  expect(await world.deps.store.read('reply-1' as ReplyId)).toMatchObject({
    status: 'failed',
    failure,
  })
  expect(warnings).toContainEqual(expect.objectContaining({ event: 'text-broken-off', ...failure }))
  expect(world.shown()).toHaveLength(20)
  expect(world.text().endsWith(TRUNCATION_MARK)).toBe(true)
  expect(world.shown().every(({ finished }) => finished)).toBe(true)
})
