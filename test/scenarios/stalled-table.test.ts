import { expect, test } from 'vitest'
import type { Clock, ReplyStore } from '../../lib/ports.ts'
import { settings } from '../support/delivery-world.ts'
import { overload } from '../support/overload-world.ts'

const CALLS_PER_SECOND = 200
/** The table stalls so long after the start. */
const FROM_MS = 3_000

type Methods = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>

/** The same store; between two moments its calls wait as long as `waitMs` says. */
const slowed =
  (untilMs: number, waitMs: (leftMs: number) => number) =>
  (store: ReplyStore, clock: Clock): ReplyStore => {
    const startMs = clock.now()
    const methods = Object.entries(store as unknown as Methods).map(([name, method]) => [
      name,
      async (...args: never[]) => {
        const sinceMs = clock.now() - startMs
        if (sinceMs >= FROM_MS && sinceMs < untilMs) await clock.sleep(waitMs(untilMs - sinceMs))
        return method(...args)
      },
    ])
    return Object.fromEntries(methods)
  }

const load = {
  replies: 200,
  callsPerSecond: CALLS_PER_SECOND,
  spreadMs: 2_000,
  chunks: 30,
  chunkEveryMs: 300,
  processes: 8,
  watchedMs: 30_000,
  leaseMs: settings.leaseMs,
}

test.each([
  ['pushed', 6_000],
  ['typed', 12_000],
] as const)(
  '200 replies that are %s keep to the calls of a second when a table that stood still for %i ms is back',
  async (kind, stallMs) => {
    const through = slowed(FROM_MS + stallMs, (leftMs) => leftMs)

    const figures = await overload({ ...load, kind, through })

    console.info('table stands still', kind, stallMs, JSON.stringify(figures))
    expect(figures.mostInASecond).toBeLessThanOrEqual(CALLS_PER_SECOND * 1.2)
    expect(figures).toMatchObject({ open: 0, withNothing: 0 })
  },
  180_000,
)

test('they keep to them while each write takes twelve seconds', async () => {
  const through = slowed(FROM_MS + 12_000, () => 12_000)

  const figures = await overload({ ...load, through })

  console.info('table is slow', JSON.stringify(figures))
  expect(figures.mostInASecond).toBeLessThanOrEqual(CALLS_PER_SECOND * 1.2)
  expect(figures).toMatchObject({ open: 0, withNothing: 0 })
}, 180_000)
