import { expect, test } from 'vitest'
import { settings } from '../support/delivery-world.ts'
import { overload } from '../support/overload-world.ts'

/** A chunk every five seconds for each of 250 users, and ten calls a second for all. */
const load = {
  replies: 250,
  callsPerSecond: 10,
  spreadMs: 0,
  chunks: 12,
  chunkEveryMs: 5_000,
  processes: 8,
  watchedMs: 60_000,
}

test('writers that wait for their slots keep their leases: no call is lost to one that takes over', async () => {
  // With a lease that outlasts everything nobody takes over: that many calls are possible.
  const possible = await overload({ ...load, leaseMs: 600_000 })
  const figures = await overload({ ...load, leaseMs: settings.leaseMs })

  console.info('overload', JSON.stringify({ possible, figures }))
  expect(figures.calls).toBeGreaterThan(possible.calls * 0.95)
  expect(figures.withNothing).toBe(0)
}, 60_000)
