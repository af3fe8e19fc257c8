import { afterAll, describe, expect, test } from 'vitest'
import { type CrowdOutcome, simulateCrowd } from '../support/rate-crowd.ts'
import { ITEM_WRITES_PER_SECOND } from '../support/throttled-item.ts'

const LIMIT = 200
const MOST_WITHOUT_STORE = 1.2 * LIMIT
const REPLY_MS = 6_650
const PATIENCE_MS = 120_000

const table: Record<string, Record<string, number>> = {}
afterAll(() => console.table(table))

const note = (name: string, { calls, items, ...outcome }: CrowdOutcome) => {
  table[name] = {
    calls: calls.length,
    'worst second': outcome.worstSecond(),
    refused: outcome.refusedCalls(),
    'writes tried in 1 s': items.triedPerSecond,
    'throttled %': Math.round(100 * items.throttledShare),
    'condition failed %': Math.round(100 * items.refusedShare),
    'lag p95': Math.round(outcome.lagP95Ms),
    'out of reach': outcome.outOfReach,
  }
}

describe('sandboxes with a reply each, on an item that takes 1,000 writes a second', () => {
  test.each([{ sandboxes: 200 }, { sandboxes: 1_000 }, { sandboxes: 3_000 }])(
    '$sandboxes that start within 6.65 s reach the store, and no call is refused',
    async ({ sandboxes }) => {
      const outcome = await simulateCrowd({ sandboxes, startOverMs: REPLY_MS, replyMs: REPLY_MS })

      note(`${sandboxes} start`, outcome)
      expect(outcome.refusedCalls()).toBe(0)
      expect(outcome.outOfReach).toBe(0)
      expect(outcome.items.triedPerSecond).toBeLessThan(0.75 * ITEM_WRITES_PER_SECOND)
    },
    PATIENCE_MS,
  )

  test(
    '3,000 that start at once are more than the item takes, and still stay within 1.2 times the limit',
    async () => {
      const outcome = await simulateCrowd({ sandboxes: 3_000, startOverMs: 20, replyMs: 10_000 })

      note('3000 at once', outcome)
      expect(outcome.items.throttledShare).toBeGreaterThan(0)
      expect(outcome.worstSecond()).toBeLessThanOrEqual(MOST_WITHOUT_STORE)
    },
    PATIENCE_MS,
  )
})

describe('while the item turns every write away', () => {
  test.each([{ sandboxes: 200 }, { sandboxes: 3_000 }])(
    '$sandboxes sandboxes go on as before, in every second of it and of the return',
    async ({ sandboxes }) => {
      const outage = { fromMs: 30_000, toMs: 75_000, state: 'throttled' } as const
      const crowd = { sandboxes, startOverMs: REPLY_MS, replyMs: 90_000, outage }

      const outcome = await simulateCrowd(crowd)

      note(`${sandboxes}, item away`, outcome)
      const made = outcome.calls.filter(
        ({ atMs, taken }) => taken && atMs > 30_000 && atMs < 75_000,
      )
      expect(outcome.outOfReach).toBe(sandboxes)
      expect(outcome.worstSecond()).toBeLessThanOrEqual(MOST_WITHOUT_STORE)
      expect(made.length / 45).toBeGreaterThan(0.45 * LIMIT)
    },
    PATIENCE_MS,
  )

  test(
    '3,000 sandboxes that never reached it begin low enough for all of them',
    async () => {
      const outage = { fromMs: 0, toMs: 45_000, state: 'throttled' } as const
      const crowd = { sandboxes: 3_000, startOverMs: 20, replyMs: 45_000, outage }

      const outcome = await simulateCrowd(crowd)

      note('3000, item never there', outcome)
      expect(outcome.worstSecond(0, 45_000)).toBeLessThanOrEqual(MOST_WITHOUT_STORE)
    },
    PATIENCE_MS,
  )
})
