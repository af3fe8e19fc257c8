import { expect, test } from 'vitest'
import { slotStoreByTableClock } from '../../lib/adapters/table-clock/slot-store.ts'
import { tableClock } from '../../lib/adapters/table-clock/table-clock.ts'
import type { RateLimit } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { mostInASecond } from '../support/rate-limit-world.ts'
import { dated, type Skew, skewedClock } from '../support/skewed-sandbox.ts'
import { never } from '../support/unhurried.ts'
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts'

const TRIP_MS = 8
const CALLS_PER_SECOND = 20
const silent = { info: () => {}, warn: () => {} }

/** Processes over one book of slots, each with a clock of its own. */
const processes = (clock: VirtualClock, skews: readonly Skew[]): readonly RateLimit[] => {
  const inMemory = memorySlotStore({ clock, latencyMs: () => TRIP_MS })
  return skews.map((skew) => {
    const own = skewedClock(clock, skew)
    const store = dated(inMemory, clock, () => table.watch)
    const table = tableClock({
      clock: own,
      // No slot is taken, and what others have taken stays.
      ask: () =>
        store
          .reserve(
            { schedule: 'edges', spanMs: 0, nowMs: clock.now(), latestMs: clock.now() },
            never,
          )
          .then(() => clock.sleep(0)),
    })
    return rateLimit({
      store: slotStoreByTableClock(store, table),
      clock: own,
      random: () => 0.5,
      callsPerSecond: CALLS_PER_SECOND,
      log: silent,
    })
  })
}

/** Each process makes a call each 400 ms for 20 s; how long each waited for its slots, and when calls were made. */
const play = async (skews: readonly Skew[], startMs: number) => {
  const clock = virtualClock(1_700_000_000_000 + startMs)
  const callsAtMs: number[] = []
  const waitsOf = async (limit: RateLimit, n: number) => {
    const waitedMs: number[] = []
    await clock.sleep(n * 130)
    for (let call = 0; call < 50; call += 1) {
      const fromMs = clock.now()
      await limit.slot(call === 0 ? 'edge' : 'middle', never)
      waitedMs.push(clock.now() - fromMs)
      callsAtMs.push(clock.now())
      await clock.sleep(400)
    }
    return waitedMs
  }
  const waits = await clock.run(Promise.all(processes(clock, skews).map(waitsOf)))
  return { waits, most: mostInASecond(callsAtMs.toSorted((a, b) => a - b)) }
}

const longest = (waitedMs: readonly number[] = []) => Math.max(...waitedMs)

test.each([-60_000, -3_000, 3_000, 60_000])(
  'a process that is %i ms ahead lets nobody wait for its slots, and waits for none',
  async (aheadMs) => {
    for (const startMs of [0, 170, 390, 610, 830]) {
      const usual = await play([{ aheadMs: 0 }, { aheadMs: 0 }, { aheadMs: 0 }], startMs)
      const skewed = await play([{ aheadMs: 0 }, { aheadMs: 0 }, { aheadMs }], startMs)

      const usualMs = Math.max(...usual.waits.map(longest))
      expect(longest(skewed.waits[0])).toBeLessThanOrEqual(usualMs + 5)
      expect(longest(skewed.waits[1])).toBeLessThanOrEqual(usualMs + 5)
      // It knows the table's clock to a second at first, and to an eighth of one a few seconds later.
      expect(longest(skewed.waits[2])).toBeLessThanOrEqual(usualMs + 1_100)
      expect(longest(skewed.waits[2]?.slice(20))).toBeLessThanOrEqual(usualMs + 150)
      expect(skewed.most).toBeLessThanOrEqual(CALLS_PER_SECOND)
    }
  },
)

test('a process whose clock is set while it makes calls lets nobody wait', async () => {
  for (const byMs of [-60_000, 60_000]) {
    const skew = { aheadMs: 0 }
    const clock = virtualClock()
    const [one, other] = processes(clock, [{ aheadMs: 0 }, skew])
    const waitedMs: number[] = []
    const calls = async (limit: RateLimit | undefined, note: (ms: number) => void) => {
      for (let call = 0; call < 40; call += 1) {
        const fromMs = clock.now()
        await limit?.slot('middle', never)
        note(clock.now() - fromMs)
        await clock.sleep(400)
      }
    }
    void clock.sleep(6_000).then(() => {
      skew.aheadMs += byMs
    })

    const both = [calls(one, (ms) => void waitedMs.push(ms)), calls(other, () => {})]
    await clock.run(Promise.all(both))

    expect(longest(waitedMs)).toBeLessThanOrEqual(200)
  }
})
