import { describe, expect, test } from 'vitest'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import type { Progress, ReplyId } from '../../../lib/core/reply/reply.ts'
import { deliverReply } from '../../../lib/reply/deliver.ts'
import { endPoisoned } from '../../../lib/reply/end-poisoned.ts'
import { deliveryWorld, settings as usual } from '../../support/delivery-world.ts'
import { mortalProcess } from '../../support/mortal.ts'
import { never } from '../../support/unhurried.ts'
import { repeatableWays, type TriedWay } from '../../support/ways.ts'

async function* words() {
  yield 'Hello '
  yield 'world '
  yield 'again'
}

/** A reply whose writer died after so many awaits, and that is then ended as poisoned. */
const poisonAfter = async (tried: TriedWay, awaits: number, broken: Partial<Progress> = {}) => {
  const world = deliveryWorld({ to: tried.to })
  const settings = { ...usual, ways: tried.ways }
  const { record } = await world.begin()
  const writer = mortalProcess(world.deps, awaits)
  const delivery = { record, deltas: words(), merge: true }
  const work = deliverReply(writer.deps, settings, delivery, never)
  await world.run(Promise.race([work, writer.death]))
  await world.run(world.clock.sleep(5_000))
  const { store } = world.deps
  const replyId = 'reply-1' as ReplyId
  const nowMs = world.clock.now() + 20_000
  const taken = await store.takeOver(replyId, { nowMs, leaseUntilMs: nowMs + 15_000 })
  if (taken.outcome !== 'taken') return { world, ended: true }
  const progress = { ...(taken.record.progress ?? unsentProgress(0)), ...broken }
  const held = { ...taken.record, progress }
  await world.run(endPoisoned(world.deps, settings, held, 1, never))
  return { world, ended: (await store.read(replyId))?.status !== 'open' }
}

describe.each(repeatableWays)('$name', (tried) => {
  test('a poisoned reply ends closed, behind what was shown, wherever its writer died', async () => {
    for (let awaits = 0; awaits < 24; awaits += 1) {
      const { world, ended } = await poisonAfter(tried, awaits)

      const shown = world.shown()
      expect(ended).toBe(true)
      expect(shown.every(({ finished }) => finished)).toBe(true)
      expect(shown).toHaveLength(1)
      const own = shown[0]?.text.replace(tried.prefix, '').replace(/(\n\n)?\(Something.*\)$/, '')
      expect('Hello world again'.startsWith(own ?? 'nothing')).toBe(true)
      expect(world.rules.violations).toEqual([])
    }
  })

  test('a record that is broken ends as well', async () => {
    const { ended } = await poisonAfter(tried, 14, { message: 7 as never, way: tried.way })

    expect(ended).toBe(true)
  })
})
