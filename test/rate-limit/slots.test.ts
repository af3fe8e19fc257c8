import { expect, test } from 'vitest'
import { OutOfReach } from '../../lib/core/out-of-reach.ts'
import type { Clock, SlotStore } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { seededRandom } from '../support/rate-limit-world.ts'
import { never } from '../support/unhurried.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const TRIP_MS = 8
const EDGE_MS = 1_040 / 34
const CALL_MS = 1_040 / 161

/** One process; `taken` is how far the schedule of calls is taken at the beginning. */
const oneProcess = ({ takenMs = 0, tripMs = TRIP_MS, stall = (clock: Clock) => clock } = {}) => {
  const clock = virtualClock(0)
  const asked: string[] = []
  const logged: string[] = []
  let isReachable = true
  const inMemory = memorySlotStore({ clock, latencyMs: () => tripMs })
  const store: SlotStore = {
    async reserve(request, signal) {
      const intervalMs = request.schedule === 'calls' ? CALL_MS : EDGE_MS
      asked.push(`${request.schedule} ${Math.round(request.spanMs / intervalMs)}`)
      if (!isReachable) throw new OutOfReach('store', 'no answer')
      return inMemory.reserve(request, signal)
    },
  }
  const log = {
    info: (event: string) => void logged.push(event),
    warn: (event: string) => void logged.push(event),
  }
  const limit = rateLimit({
    store,
    clock: stall(clock),
    random: seededRandom(1),
    callsPerSecond: 200,
    log,
  })
  /** When the caller's turn came, rounded; 'aborted' when it did not. */
  const turn = async (kind: 'edge' | 'middle', signal = never) =>
    (await limit.slot(kind, signal)) ? Math.round(clock.now()) : 'aborted'
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    const { reserve } = inMemory
    const request = { schedule: 'calls', nowMs: 0, spanMs: takenMs, latestMs: 0 } as const
    if (takenMs > 0) await clock.run(reserve(request, never))
    return clock.run(work())
  }
  const reach = (reachable: boolean) => {
    isReachable = reachable
  }
  return { clock, turn, run, asked, logged, reach, slowedDown: limit.slowedDown }
}

test('the first call of a process waits for one answer of the store, the next ones of an idle reply for nothing', async () => {
  const { clock, turn, run, asked } = oneProcess()

  const waits = await run(async () => {
    const waitedMs: number[] = []
    for (let call = 0; call < 12; call += 1) {
      const fromMs = clock.now()
      await turn(call === 0 ? 'edge' : 'middle')
      waitedMs.push(clock.now() - fromMs)
      await clock.sleep(200)
    }
    return waitedMs
  })

  expect(waits[0]).toBe(TRIP_MS)
  // Nothing is known of the schedule of calls before the first middle call.
  expect(waits[1]).toBe(TRIP_MS)
  expect(waits.slice(2)).toEqual(Array.from({ length: 10 }, () => 0))
  // Nobody else has called before.
  expect(asked).toEqual(['edges 1', 'calls 1'])
})

test('callers that come while the store is asked share the next reservation', async () => {
  const { clock, turn, run, asked } = oneProcess({ takenMs: 100 })

  const turns = await run(async () => {
    const first = turn('middle')
    await clock.sleep(TRIP_MS / 2)
    return Promise.all([first, ...Array.from({ length: 5 }, () => turn('middle'))])
  })

  expect(asked).toEqual(['calls 1', 'calls 5'])
  for (const [n, atMs] of turns.entries()) {
    expect(Math.abs(Number(atMs) - (100 + n * CALL_MS))).toBeLessThanOrEqual(1)
  }
})

test('no reservation is for more than sixteen callers', async () => {
  const { turn, run, asked } = oneProcess()

  await run(() => Promise.all(Array.from({ length: 40 }, () => turn('middle'))))

  expect(asked).toEqual(['calls 16', 'calls 16', 'calls 8'])
})

test('first and last calls go ahead of the others, also in slots that those have reserved', async () => {
  const { clock, turn, run } = oneProcess({ takenMs: 500 })

  const [middle, edge] = await run(async () => {
    const middles = [turn('middle'), turn('middle')]
    await clock.sleep(490)
    return Promise.all([Promise.race(middles), turn('edge')])
  })

  expect(edge).toBe(500)
  expect(middle).toBe(506)
})

test('a first call passes a backlog of other calls by the schedule kept for it', async () => {
  const { turn, run, asked } = oneProcess({ takenMs: 2_000 })

  const at = await run(() => turn('edge'))

  expect(asked).toEqual(['edges 1'])
  expect(at).toBeLessThan(20)
})

test('first calls for which their schedule has no room soon take part in the other one', async () => {
  const { turn, run } = oneProcess()

  const turns = await run(() => Promise.all(Array.from({ length: 40 }, () => turn('edge'))))

  expect(Math.max(...turns.map(Number))).toBeLessThan(20 * EDGE_MS)
})

test('a caller that aborts leaves its slot to the next one', async () => {
  const { clock, turn, run, asked } = oneProcess({ takenMs: 500 })
  const leaves = new AbortController()

  const turns = await run(async () => {
    const left = turn('middle', leaves.signal)
    await clock.sleep(100)
    leaves.abort()
    return Promise.all([left, turn('middle'), turn('middle', AbortSignal.abort())])
  })

  expect(turns).toEqual(['aborted', 500, 'aborted'])
  expect(asked).toEqual(['calls 1'])
})

test('slots that a stalled process slept through are given up, and others reserved in their place', async () => {
  /** Timers that end between 100 and 400 ms all end at 400 ms. */
  const stall = (clock: Clock): Clock => ({
    now: clock.now,
    async sleep(ms, signal) {
      const endsMs = clock.now() + ms
      await clock.sleep(endsMs > 100 && endsMs < 400 ? 400 - clock.now() : ms, signal)
    },
  })
  const { turn, run } = oneProcess({ takenMs: 60, stall })

  const turns = await run(() => Promise.all(Array.from({ length: 30 }, () => turn('middle'))))

  const late = turns.map(Number).filter((atMs) => atMs >= 400)
  expect(late.length).toBeGreaterThan(15)
  expect(late.filter((atMs) => atMs < 405).length).toBeLessThanOrEqual(3)
})

test('where the store answers slowly, slots are reserved for when the answer may be here', async () => {
  const { clock, turn, run } = oneProcess({ tripMs: 80, takenMs: 1 })

  const [first, second] = await run(async () => {
    const fromMs = clock.now()
    const one = Number(await turn('middle')) - fromMs
    await clock.sleep(5_000)
    const againFromMs = clock.now()
    return [one, Number(await turn('middle')) - againFromMs]
  })

  expect(first).toBeLessThanOrEqual(170)
  expect(second).toBe(80)
})

/** Callers one after another, as one reply has them, for so long; how many got a turn. */
const callsIn = async (world: ReturnType<typeof oneProcess>, ms: number): Promise<number> => {
  const untilMs = world.clock.now() + ms
  let calls = 0
  while (world.clock.now() < untilMs) {
    await world.turn('middle')
    calls += 1
    await world.clock.sleep(200)
  }
  return calls
}

test('while the store is out of reach calls go on as before, and it is logged once', async () => {
  const world = oneProcess()

  const [before, without, back] = await world.run(async () => {
    const calls = [await callsIn(world, 30_000)]
    world.reach(false)
    calls.push(await callsIn(world, 30_000))
    world.reach(true)
    return [...calls, await callsIn(world, 10_000)]
  })

  expect(before).toBeGreaterThanOrEqual(140)
  expect(without).toBeGreaterThanOrEqual(0.85 * Number(before))
  expect(without).toBeLessThanOrEqual(Number(before))
  expect(back).toBeGreaterThanOrEqual(40)
  expect(world.logged).toEqual(['rate-limit-out-of-reach', 'rate-limit-back'])
})

test('a process that never reached the store begins low, and calls more often while nothing is refused', async () => {
  const world = oneProcess()

  const [first, second, fourth] = await world.run(async () => {
    world.reach(false)
    const calls: number[] = []
    for (let minute = 0; minute < 4; minute += 1) calls.push(await callsIn(world, 60_000))
    return [calls[0], calls[1], calls[3]]
  })

  expect(first).toBeGreaterThanOrEqual(3)
  expect(first).toBeLessThanOrEqual(20)
  expect(second).toBeGreaterThan(Number(first))
  expect(fourth).toBeGreaterThan(200)
})

test('without the store a refusal halves what this process calls', async () => {
  const world = oneProcess()

  const [before, after] = await world.run(async () => {
    await callsIn(world, 60_000)
    world.reach(false)
    await callsIn(world, 10_000)
    const calls = [await callsIn(world, 10_000)]
    for (let refusal = 0; refusal < 3; refusal += 1) {
      world.slowedDown()
      await world.clock.sleep(1_000)
    }
    return [...calls, await callsIn(world, 10_000)]
  })

  expect(before).toBeGreaterThan(40)
  expect(after).toBeLessThan(Number(before) / 2)
})
