import { expect, test } from 'vitest'
import { AwsError } from '../../../lib/adapters/aws/aws-error.ts'
import { tableClock } from '../../../lib/adapters/table-clock/table-clock.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { type Skew, skewedClock } from '../../support/skewed-sandbox.ts'
import { virtualClock } from '../../support/virtual-clock.ts'

const TRIP_MS = 10

interface World extends Partial<Skew> {
  /** What an answer's header says at a time. */
  readonly dateAt?: (nowMs: number) => string | null
  readonly isReachable?: () => boolean
}

const httpDate = (nowMs: number): string => new Date(nowMs).toUTCString()

/** A table that answers after 10 ms, and how often it was asked for the time alone. */
const startWorld = ({ aheadMs = 0, dateAt = httpDate, isReachable = () => true }: World = {}) => {
  const clock = virtualClock()
  const skew: Skew = { aheadMs }
  let asked = 0
  let refuses = false
  const call = async (): Promise<void> => {
    const answered = table.watch()
    await clock.sleep(TRIP_MS / 2)
    if (!isReachable()) throw new OutOfReach('store', 'no answer')
    const date = dateAt(clock.now())
    await clock.sleep(TRIP_MS / 2)
    answered(date)
    if (refuses) throw new AwsError('AccessDeniedException', 400, 'no')
  }
  const table = tableClock({
    clock: skewedClock(clock, skew),
    ask: () => {
      asked += 1
      return call()
    },
  })
  const refuse = (): void => {
    refuses = true
  }
  return { clock, skew, table, call, refuse, asked: () => asked }
}

const expectNear = ({ leastMs, mostMs }: { leastMs: number; mostMs: number }, offsetMs: number) => {
  expect(leastMs).toBeLessThanOrEqual(offsetMs)
  expect(mostMs).toBeGreaterThanOrEqual(offsetMs)
  expect(mostMs - leastMs).toBeLessThan(1_100)
}

test.each([-60_000, -3_000, 0, 3_000, 60_000])(
  'a process that is %i ms ahead knows it after one question, however many wait for it',
  async (aheadMs) => {
    const { clock, table, asked } = startWorld({ aheadMs })

    const waiting = [table.offset(), table.offsetAtOnce(), table.offset()]
    const offsets = await clock.run(Promise.all(waiting))

    expect(asked()).toBe(1)
    for (const offset of offsets) expectNear(offset, -aheadMs)
  },
)

test('whoever has had any answer asks for nothing', async () => {
  const { clock, table, call, asked } = startWorld()

  await clock.run(call())
  const startMs = clock.now()
  expectNear(await clock.run(table.offset()), 0)

  expect([asked(), clock.now() - startMs]).toEqual([0, 0])
})

test('the answers of an hour’s usual work cost no question, where the clock is right', async () => {
  const { clock, table, call, asked } = startWorld()
  const work = async () => {
    for (let n = 0; n < 360; n += 1) {
      await table.offset()
      await call()
      await clock.sleep(10_000)
    }
  }

  await clock.run(work())

  expect(asked()).toBe(1)
})

test('a process whose clock is wrong gets to know it to an eighth of a second in a few questions', async () => {
  const { clock, table, asked } = startWorld({ aheadMs: -47_300 })

  await clock.run(table.offset())
  await clock.run(clock.sleep(6_000))
  const { leastMs, mostMs } = await clock.run(table.offset())

  expect(leastMs).toBeLessThanOrEqual(47_300)
  expect(mostMs).toBeGreaterThanOrEqual(47_300)
  expect(mostMs - leastMs).toBeLessThan(125)
  expect(asked()).toBeLessThanOrEqual(8)
})

test.each([
  ['no Date', () => null],
  ['a Date that is none', () => 'yesterday'],
])('a table that sends %s is taken to have this process’s clock', async (_, dateAt) => {
  const { clock, table, asked } = startWorld({ aheadMs: 60_000, dateAt })

  const offsets = [await clock.run(table.offset()), await clock.run(table.offsetAtOnce())]

  expect(offsets).toEqual([
    { leastMs: 0, mostMs: 0 },
    { leastMs: 0, mostMs: 0 },
  ])
  expect(asked()).toBe(1)
})

test('a refusal tells the time as well as any other answer', async () => {
  const { clock, table, refuse } = startWorld({ aheadMs: 60_000 })
  refuse()

  expectNear(await clock.run(table.offset()), -60_000)
})

test('where the table cannot be asked nobody compares; the next one asks again', async () => {
  let isReachable = false
  const { clock, table } = startWorld({ aheadMs: 60_000, isReachable: () => isReachable })

  const failure = clock.run(table.offset())
  await expect(failure).rejects.toThrow(OutOfReach)
  isReachable = true

  expectNear(await clock.run(table.offset()), -60_000)
})

test.each([-60_000, 60_000])(
  'a clock that is set by %i ms is known again when it counts',
  async (byMs) => {
    const { clock, skew, table } = startWorld()
    await clock.run(table.offset())

    skew.aheadMs = byMs

    // Set back, it goes on evenly; set ahead, it goes along.
    expectNear(await clock.run(table.offset()), byMs > 0 ? -byMs : 0)
  },
)

test('right after a leap both stay possible, and nobody has to wait for more', async () => {
  const { clock, skew, table, asked } = startWorld()
  await clock.run(table.offset())

  skew.aheadMs = 60_000
  const { leastMs, mostMs } = await clock.run(table.offsetAtOnce())

  expect(leastMs).toBeLessThanOrEqual(-60_000)
  expect(mostMs).toBeGreaterThanOrEqual(0)
  expect(asked()).toBe(1)
})
