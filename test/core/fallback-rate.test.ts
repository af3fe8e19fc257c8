import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  afterFallbackCall,
  afterSlowDown,
  noCalls,
  recentRate,
  startFallback,
  withCall,
} from '../../lib/core/fallback-rate.ts'

test('the rates of processes that call in turn sum up to what they call together', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 5, max: 200 }),
      (processes, rate) => {
        const everyMs = (processes * 1_000) / rate
        const history = Array.from({ length: Math.ceil(300_000 / everyMs) + 1 }).reduce<
          typeof noCalls
        >((calls, _, nth) => withCall(calls, nth * everyMs), noCalls)

        const sum = processes * recentRate(history, history.lastAtMs)

        expect(sum / rate).toBeGreaterThan(0.9)
        expect(sum / rate).toBeLessThan(1.25)
      },
    ),
  )
})

test('a process without a past begins at a four thousandth of the limit, another one where it was', () => {
  expect(recentRate(noCalls, 1_000)).toBe(0)
  expect(startFallback(200, 0, true).perSecond).toBe(0.05)
  expect(startFallback(200, 3, true).perSecond).toBe(3)
  expect(startFallback(200, 300, true).perSecond).toBe(200)
})

test('a refusal halves the rate, calls that are taken raise it slowly, and it stays within its bounds', () => {
  const steps = fc.array(fc.boolean(), { maxLength: 200 })

  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 200, noNaN: true }),
      fc.boolean(),
      steps,
      (at, calm, all) => {
        let rate = startFallback(200, at, calm)
        for (const refused of all) {
          const next = refused ? afterSlowDown(rate) : afterFallbackCall(rate)

          if (refused) expect(next.perSecond).toBe(Math.max(0.0125, rate.perSecond / 2))
          else expect(next.perSecond).toBeGreaterThanOrEqual(rate.perSecond)
          if (!rate.calm) {
            const most = rate.perSecond + 0.005 * Math.max(0.05, rate.perSecond)
            expect(next.perSecond).toBeLessThanOrEqual(most)
          }
          expect(next.perSecond).toBeLessThanOrEqual(200)
          rate = next
        }
      },
    ),
  )
})
