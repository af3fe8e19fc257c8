import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clientWorld, type Weather } from '../support/client-world.ts'

const anyWeather = fc.constantFrom<Weather>(
  'fine',
  'lost',
  'silent',
  'answer lost',
  'answer silent',
  'cut',
  'doubled',
  'overtaken',
  429,
  500,
  502,
  503,
)
/** A request is made again for two minutes: more silences than that holds would end it. */
const weather = fc
  .array(anyWeather, { maxLength: 8 })
  .filter((plan) => plan.filter((at) => String(at).endsWith('silent')).length <= 2)
/** Also halves of surrogate pairs, line ends, quotes and nothing at all. */
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('\ud83d', '\ude00', '', '```\n', '"\\', 'a word and '),
)

it('whatever happens to its requests, the reader sees the text once, in order, in a closed message', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 1, maxLength: 12 }),
      weather,
      fc.integer({ min: 0, max: 900 }),
      async (pieces, plan, everyMs) => {
        const world = clientWorld({ weather: plan })

        const receipt = await world.run(world.stream(world.play(pieces, everyMs)))
        await world.run(world.settled())

        const said = Buffer.from(pieces.join('')).toString()
        expect(receipt).toMatchObject({ replyId: 'reply-1', status: 'finished' })
        if (said !== '') expect(world.text()).toBe(said)
        expect(world.shown().map(({ finished }) => finished)).toEqual([true])
        expect(world.rules.violations).toEqual([])
        expect(world.source.letGo).toBe(true)
      },
    ),
    { numRuns: 100 },
  )
})
