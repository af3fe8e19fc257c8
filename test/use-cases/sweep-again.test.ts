import { expect, test } from 'vitest'
import { takeUpReply } from '../../lib/reply/resume.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { mortalProcess } from '../support/mortal.ts'
import { sweepWorld } from '../support/sweep-world.ts'
import { unhurried } from '../support/unhurried.ts'

/** As long as a conversation may stand still after one further death, in ms: a minute, and until the sweep that comes then. */
const STANDSTILL_MS = 90_000

test('a reply whose sweeper was killed as well goes on with the next sweep but one at the latest, wherever that one died', async () => {
  for (let dies = 3; dies < 24; dies += 1) {
    const world = sweepWorld()
    await world.orphan('one', 1_000)
    const mortal = mortalProcess(world.deps, dies)
    const sweep = sweepOrphans(mortal.deps, world.settings, unhurried)
    await world.run(Promise.race([sweep, mortal.death]))
    const diedAtMs = world.sinceStartMs()

    // The schedule goes on at its minutes.
    await world.run(world.clock.sleep(60_000 - diedAtMs))
    while ((await world.read('one'))?.status === 'open' && world.sinceStartMs() < 600_000) {
      await world.sweepFor(1)
    }

    const ended = world.textTo('one')
    expect(ended, `death at await ${dies}`).toEqual([
      { text: 'The whole text of one.', finished: true },
    ])
    const lastMs = world.sends().at(-1)?.startedAtMs ?? 0
    const stoodStillMs = lastMs - (world.clock.now() - world.sinceStartMs()) - diedAtMs
    expect(stoodStillMs, `death at await ${dies}`).toBeLessThan(STANDSTILL_MS)
  }
})

test('a typed reply whose queue gives nothing out is typed by the sweeper a minute later', async () => {
  const world = sweepWorld({ withQueue: true })
  await world.orphan('one', 1_000, { charsPerSecond: 20 })

  await world.sweepFor(1)
  const afterOne = world.textTo('one')
  await world.sweepFor(1)

  expect(world.queued).toHaveLength(1)
  expect(afterOne).toEqual([])
  expect(world.textTo('one')).toEqual([{ text: 'The whole text of one.', finished: true }])
})

test('the worker that takes it up from the queue at last and the sweeper do not write at once', async () => {
  for (const lateMs of [60_000, 61_000, 62_000, 64_000]) {
    const world = sweepWorld({ withQueue: true })
    await world.orphan('one', 1_000, { charsPerSecond: 20 })
    const worker = world.clock.sleep(lateMs).then(async () => {
      for (const { replyId } of world.queued) {
        await takeUpReply(world.deps, world.settings, replyId, unhurried)
      }
    })

    await world.sweepFor(3)
    await world.run(worker)

    expect(world.textTo('one')).toEqual([{ text: 'The whole text of one.', finished: true }])
    expect(world.rules.violations).toEqual([])
  }
})
