import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advanceFence, fenceAround, NO_FENCE } from '../../../lib/core/text/fence.ts'
import type { MessageView } from '../../../local/simulator/messages.ts'
import { playOut, replyId, scenario } from '../../support/crash-play.ts'
import { carries } from '../../support/shown-text.ts'
import { repeatableWays } from '../../support/ways.ts'

/** The text of a message; one that the service has ended for its silence may lack the end of its fence. */
const wholeText = ({ text, endedBySilence }: MessageView): string =>
  endedBySilence ? text + fenceAround(advanceFence(NO_FENCE, text)).close : text

describe.each(repeatableWays)('$name', (tried) => {
  test('a writer may die at any await: the text is there once, in order, and closed; no index is skipped or used twice', async () => {
    let died = 0
    await fc.assert(
      fc.asyncProperty(scenario, async (play) => {
        const { world, deps, text } = await playOut(play, tried)

        const record = await deps.store.read(replyId)
        const texts = world.shown().map(wholeText)
        // It died before anything was accepted: nothing may be shown.
        if (record !== undefined) {
          died += 1
          expect(record.status).toBe('finished')
          // An opening that was never made is looked for after minutes: that it is not there is counted, whatever it means.
          expect(record.progress.inDoubt).toBeLessThanOrEqual(play.diesAt.length)
          expect(carries(texts, tried.prefix + text)).toBe(true)
        } else expect(texts).toEqual([])
        await world.run(world.clock.sleep(16_000))
        expect(world.shown().every(({ finished }) => finished)).toBe(true)
        expect(world.rules.violations).toEqual([])
      }),
      { numRuns: 700, seed: 20_261_124 },
    )
    expect(died).toBeGreaterThan(550)
  }, 300_000)
})
