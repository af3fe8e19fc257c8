import { expect, test } from 'vitest'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { ReplyStore } from '../../../lib/ports.ts'
import { rateLimit } from '../../../lib/rate-limit/index.ts'
import { memoryReplyStore } from '../../../local/memory/reply-store.ts'
import { memorySlotStore } from '../../../local/memory/slot-store.ts'
import { settings, turnWorld } from '../../support/delivery-world.ts'
import { mortalProcess } from '../../support/mortal.ts'

/** A table whose first progress writes are throttled. */
const throttled = (store: ReplyStore, times: number): ReplyStore => {
  let left = times
  return {
    ...store,
    record: async (...write) => {
      left -= 1
      if (left >= 0) throw new OutOfReach('store', 'throttled', { crowded: true })
      return store.record(...write)
    },
  }
}

test.each([1, 2, 4])(
  'a writer whose first %i records were throttled and that then dies leaves no twin of its message',
  async (times) => {
    let died = 0
    for (let dies = 3; dies < 40; dies += 1) {
      const world = turnWorld()
      Object.assign(world.deps, { store: throttled(world.deps.store, times) })
      const process = mortalProcess(world.deps, dies)

      await world.dyingWorker(process)
      if (process.awaits() > dies) died += 1
      await world.run(world.clock.sleep(settings.leaseMs * 2))
      await world.answer()

      const texts = world.shown().map(({ text }) => text)
      expect(texts, `death at await ${dies}`).toHaveLength(1)
      expect(world.finished()).toEqual([true])
    }
    expect(died).toBeGreaterThan(20)
  },
)

test('where the table answers as quickly as it gives slots, no first call waits for its note', async () => {
  const firstCallMs = async (latencyMs: number) => {
    const world = turnWorld()
    const { clock } = world
    const log = { info: () => {}, warn: () => {} }
    const slots = memorySlotStore({ clock, latencyMs: () => 8 })
    const limit = rateLimit({ store: slots, clock, random: () => 0.5, callsPerSecond: 200, log })
    const store = memoryReplyStore({ clock, latencyMs })
    const startMs = clock.now()
    await world.answer({ store, rateLimit: limit })
    return (world.sends()[0]?.startedAtMs ?? Number.NaN) - startMs - latencyMs
  }

  expect(await firstCallMs(8)).toBe(await firstCallMs(0))
})
