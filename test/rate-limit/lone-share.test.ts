import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LONE_IDLE_MS, LONE_MS, loneCalls } from '../../lib/core/rate-schedule.ts'
import type { RateLimit, SlotStore } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { loneShare } from '../../lib/rate-limit/lone-share.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { seededRandom } from '../support/rate-limit-world.ts'
import { never } from '../support/unhurried.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const TRIP_MS = 8

/** Processes that share the schedules in virtual time, and how often those are asked. */
const processes = () => {
  const clock = virtualClock(0)
  const inMemory = memorySlotStore({ clock, latencyMs: () => TRIP_MS })
  let writes = 0
  const store: SlotStore = {
    reserve(request, signal) {
      writes += 1
      return inMemory.reserve(request, signal)
    },
  }
  const next = () =>
    rateLimit({
      store,
      clock,
      random: seededRandom(1),
      callsPerSecond: 200,
      log: { info: () => {}, warn: () => {} },
    })
  /** Calls as one reply does; how long each of them waited. */
  const reply = async (limit: RateLimit, ms: number): Promise<readonly number[]> => {
    const endMs = clock.now() + ms
    const waitedMs: number[] = []
    for (;;) {
      const fromMs = clock.now()
      const isEdge = waitedMs.length === 0 || fromMs >= endMs
      await limit.slot(isEdge ? 'edge' : 'middle', never)
      waitedMs.push(clock.now() - fromMs)
      if (fromMs >= endMs) return waitedMs
      await clock.sleep(Math.min(200, Math.max(endMs - clock.now(), 50)))
    }
  }
  return { clock, next, reply, writes: () => writes }
}

test('a process that is alone writes once in about seven seconds, and no call but the first waits', async () => {
  const { clock, next, reply, writes } = processes()
  const limit = next()

  const [prepared, ...waits] = await clock.run(
    (async () => {
      limit.prepare()
      await clock.sleep(500)
      return [writes(), ...(await reply(limit, 60_000))]
    })(),
  )

  expect(prepared).toBe(1)
  expect(Math.max(...waits)).toBe(0)
  expect(writes()).toBeLessThanOrEqual(1 + 60 / 7)
})

test('what was prepared and is not used goes to nobody', async () => {
  const { clock, next, reply } = processes()
  const limit = next()

  const waits = await clock.run(
    (async () => {
      limit.prepare()
      await clock.sleep(LONE_MS + 1_000)
      return reply(limit, 1_000)
    })(),
  )

  expect(waits[0]).toBe(TRIP_MS)
})

test('preparing takes no slot where others queue', async () => {
  const { clock, next } = processes()
  const [one, other] = [next(), next()]

  const atMs = await clock.run(
    (async () => {
      const taken = Array.from({ length: 40 }, () => one.slot('middle', never))
      await clock.sleep(20)
      for (let n = 0; n < 20; n += 1) other.prepare()
      await Promise.all(taken)
      return clock.now()
    })(),
  )

  expect(atMs).toBeLessThan(40 * 7)
})

test('at no time do two processes have a share, however they write', () => {
  const write = fc.record({ by: fc.nat(2), afterMs: fc.integer({ min: 1, max: 15_000 }) })
  fc.assert(
    fc.property(fc.array(write, { minLength: 2, maxLength: 60 }), (written) => {
      let nowMs = 1_000_000
      const clock = { now: () => nowMs }
      const shares = [0, 1, 2].map(() =>
        loneShare({ clock, callsPerSecond: 200, renew: async () => {} }),
      )
      let takenToMs = Number.NEGATIVE_INFINITY
      for (const { by, afterMs } of written) {
        nowMs += afterMs
        shares[by]?.learn({ atMs: [nowMs], idleMs: Math.max(0, nowMs - takenToMs) })
        takenToMs = nowMs + 7
        expect(shares.filter((share) => share.isHeld()).length).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('a share is five calls in any second, and one more for a first or last call; with a small budget there is none', () => {
  let nowMs = 0
  const clock = { now: () => nowMs }
  const share = (callsPerSecond: number) => {
    const own = loneShare({ clock, callsPerSecond, renew: async () => {} })
    own.learn({ atMs: [nowMs], idleMs: LONE_IDLE_MS })
    return own
  }
  const own = share(200)
  const taken = Array.from({ length: 8 }, () => own.take('middle')).filter((made) => made)

  expect(taken).toHaveLength(loneCalls(200))
  expect([own.take('edge'), own.take('edge')]).toEqual([true, false])
  nowMs += 1_000
  expect(own.take('middle')).toBe(true)
  expect(share(20).isHeld()).toBe(false)
})
