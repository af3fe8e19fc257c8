import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deliveryWorld, textOf } from '../support/delivery-world.ts'

const unit = fc.constantFrom(...'ab \n中', '👩', '\u200d', '\ud83d', '\ude80', '\u0301', '🇰')
const token = fc.record({
  pauseMs: fc.constantFrom(0, 1, 5, 16, 40, 110, 260, 700),
  text: fc.string({ unit, maxLength: 6 }),
})
const schedule = fc.record({
  tokens: fc.array(token, { minLength: 1, maxLength: 14 }),
  latencies: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 5 }),
  minGapMs: fc.constantFrom(0, 50, 200, 300),
})

test('in 10,000 random schedules no call starts too early, and the text arrives whole', async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async ({ tokens, latencies, minGapMs }) => {
      const world = deliveryWorld({
        latencyMs: ({ index }) => latencies[index % latencies.length] ?? 0,
      })
      let t = 0
      const timed = tokens.map(({ pauseMs, text }) => {
        t += pauseMs
        return { t, text }
      })
      const text = textOf(timed).replace(/\p{Surrogate}/gu, '\ufffd')

      const receipt = await world.run(world.deliver(world.play(timed), { minGapMs }))

      const calls = world.sends()
      const gaps = calls
        .slice(1, -1)
        .map((call, i) => call.startedAtMs - (calls[i]?.startedAtMs ?? 0))
      expect(gaps.every((gap) => gap >= minGapMs)).toBe(true)
      expect(world.text()).toBe(text === '' ? '(no answer)' : text)
      expect(receipt.status).toBe('finished')
      expect(world.rules.violations).toEqual([])
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
    }),
    { numRuns: 10_000 },
  )
}, 60_000)
