import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { faultAt } from '../../local/simulator/faults.ts'
import {
  faults,
  live,
  PAUSE_MS,
  piece,
  playOut,
  replyId,
  SETTLING_MS,
  scenario,
  type World,
} from '../support/crash-play.ts'
import { deliveryWorld, settings as usual, writeTurn } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { carries } from '../support/shown-text.ts'
import { unhurried } from '../support/unhurried.ts'

const texts = (world: World) => world.shown().map((message) => message.text)

test('a writer may die at any await: the text is there once, in order, and closed', async () => {
  let died = 0
  await fc.assert(
    fc.asyncProperty(scenario, async (play) => {
      const { world, deps, text } = await playOut(play)

      const record = await deps.store.read(replyId)
      // It died before anything was accepted: nothing may be shown.
      if (record !== undefined) {
        died += 1
        expect(carries(texts(world), text)).toBe(true)
        expect(record.status).toBe('finished')
      } else expect(texts(world)).toEqual([])
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
      expect(world.rules.violations).toEqual([])
    }),
    { numRuns: 5_000, seed: 20_261_123 },
  )
  expect(died).toBeGreaterThan(4_000)
}, 300_000)

const interrupted = fc.record({
  pieces: fc.array(piece, { minLength: 1, maxLength: 12 }),
  repeat: fc.constantFrom(1, 1, 12),
  diesAt: fc.array(fc.nat(60), { minLength: 1, maxLength: 2 }),
  cancelAtMs: fc.option(fc.nat(1_500), { nil: undefined }),
  fault: fc.constantFrom(...faults),
  faultAt: fc.nat(4),
  leaseMs: fc.constantFrom(2_000, 15_000),
})

const notice = /(\n```)?(\n\n)?\((Something went wrong|stopped)[^)]*\)$/

test('a text that died with its writer, or that somebody stopped, is closed behind what was shown', async () => {
  await fc.assert(
    fc.asyncProperty(interrupted, async ({ diesAt, cancelAtMs, leaseMs, ...play }) => {
      const { fault, repeat } = play
      const pieces = play.pieces.map((text) => text.repeat(repeat))
      const world = deliveryWorld({
        ...(fault === undefined ? {} : { faults: faultAt('send_stream_msg', play.faultAt, fault) }),
      })
      const settings = { ...usual, leaseMs, messageBytes: 2_048 }
      const [first = 0, ...later] = diesAt
      if (cancelAtMs !== undefined) {
        void world.clock.sleep(cancelAtMs).then(() => world.deps.store.requestCancel(replyId))
      }

      const writer = mortalProcess(world.deps, first)
      await live(world, writer, (mortal) => writeTurn(mortal, settings, pieces, { everyMs: 90 }))
      for (const dies of [...later, Number.POSITIVE_INFINITY]) {
        await world.run(world.clock.sleep(leaseMs + SETTLING_MS + PAUSE_MS))
        const sweeper = mortalProcess(world.deps, dies)
        await live(world, sweeper, (mortal) => sweepOrphans(mortal, settings, unhurried))
      }

      const record = await world.deps.store.read(replyId)
      expect(record?.status).not.toBe('open')
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
      expect(world.rules.violations).toEqual([])
      // Nothing stands there but the text as far as it came, fences around the ends of messages, and the notice.
      const shown = texts(world).join('').replace(notice, '')
      if (repeat === 1) expect(pieces.join('').startsWith(shown)).toBe(true)
      else expect(shown.length).toBeLessThan(pieces.join('').length + 40)
    }),
    { numRuns: 2_000, seed: 20_261_124 },
  )
}, 300_000)
