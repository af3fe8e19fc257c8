import { expect, test } from 'vitest'
import { type Clock, OutOfReach, type SlotStore } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const TRIP_MS = 8
const EDGE_MS = 1_040 / 34
const CALL_MS = 1_040 / 161
const never = new AbortController().signal

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
  const limit = rateLimit({ store, clock: stall(clock), callsPerSecond: 200, log })
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
  return { clock, turn, run, asked, logged, reach }
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
  expect(asked).toEqual(['edges 1', 'calls 1', 'calls 5', 'calls 5'])
})

test('callers that come while the book is asked share the next reservation', async () => {
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

test('where the book answers slowly, slots are reserved for when the answer may be here', async () => {
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

test('while the book is out of reach calls go on at a small pace of their own, and it is logged once', async () => {
  const { clock, turn, run, reach, logged } = oneProcess()

  reach(false)
  const turns = await run(() => Promise.all(Array.from({ length: 60 }, () => turn('middle'))))
  reach(true)
  const waitedMs = await run(async () => {
    const fromMs = clock.now()
    return Number(await turn('middle')) - Math.round(fromMs)
  })

  const within = (fromMs: number) =>
    turns.filter((at) => Number(at) >= fromMs && Number(at) < fromMs + 1_000).length
  expect([0, 1_000, 2_000, 3_000, 4_000].map(within)).toEqual([8, 8, 7, 8, 7])
  expect(waitedMs).toBe(TRIP_MS)
  expect(logged).toEqual(['call-budget-out-of-reach', 'call-budget-back'])
})
