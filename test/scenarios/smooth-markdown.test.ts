import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deliveryWorld, textOf } from '../support/delivery-world.ts'

const unit = fc.constantFrom(
  '*',
  '**',
  '`',
  '[',
  '](',
  ')',
  '|',
  '#',
  ' ',
  '\n',
  'a',
  'wör',
  '👩‍🚀',
)
const token = fc.record({
  pauseMs: fc.constantFrom(0, 5, 40, 110, 260, 700),
  text: fc.string({ unit, minLength: 1, maxLength: 8 }),
})
const schedule = fc.record({
  tokens: fc.array(token, { minLength: 1, maxLength: 14 }),
  latencyMs: fc.integer({ min: 0, max: 500 }),
  minGapMs: fc.constantFrom(0, 50, 200, 300),
})

const timesOf = (tokens: readonly { readonly pauseMs: number; readonly text: string }[]) => {
  let t = 0
  return tokens.map(({ pauseMs, text }) => {
    t += pauseMs
    return { t, text }
  })
}

test('text with Markdown arrives whole; what one call leaves behind, the next one takes', async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async ({ tokens, latencyMs, minGapMs }) => {
      const world = deliveryWorld({ latencyMs })
      const timed = timesOf(tokens)
      const startMs = world.clock.now()

      const receipt = await world.run(world.deliver(world.play(timed), { minGapMs }))

      const calls = world.sends()
      expect(world.text()).toBe(textOf(timed))
      expect(receipt.status).toBe('finished')
      expect(world.rules.violations).toEqual([])
      let shown = 0
      for (const [nth, { startedAtMs, text = '' }] of calls.entries()) {
        const before = calls[nth - 1]
        shown += text.length
        if (before === undefined) continue
        if (nth < calls.length - 1) {
          expect(startedAtMs - before.startedAtMs).toBeGreaterThanOrEqual(minGapMs)
        }
        // But for the last cluster, which may still have grown.
        const told = timed.filter(({ t }) => startMs + t < before.startedAtMs)
        const lastCluster = 12
        expect(shown).toBeGreaterThanOrEqual(textOf(told).length - lastCluster)
      }
    }),
    { numRuns: 500 },
  )
}, 60_000)

const bold = timesOf([
  { pauseMs: 0, text: 'Two words. ' },
  { pauseMs: 150, text: 'So **tw' },
  { pauseMs: 150, text: 'o words** and' },
  { pauseMs: 500, text: ' **mo' },
  { pauseMs: 50, text: 're** of them.' },
])
const callsOf = async (smoothMarkdown: boolean) => {
  const world = deliveryWorld({ latencyMs: 0 })
  const startMs = world.clock.now()
  await world.run(world.deliver(world.play(bold), { smoothMarkdown }))
  return world.sends().map(({ startedAtMs, text }) => `${startedAtMs - startMs} ${text}`)
}

test('no call ends inside of strong words that close in time', async () => {
  expect(await callsOf(true)).toEqual([
    '0 Two words.',
    '200  So ',
    '400 **two words** an',
    '800 d ',
    '850 **more** of them.',
  ])
})

test('SMOOTH_MARKDOWN=0 lets text go as it comes', async () => {
  expect((await callsOf(false)).slice(1, 3)).toEqual(['200  So **t', '400 wo words** an'])
})
