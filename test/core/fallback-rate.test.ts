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

test('what a process that calls evenly finds is what it calls, however seldom up to once in 30 s', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 30_000 }), (everyMs) => {
      const calls = Array.from({ length: Math.ceil(300_000 / everyMs) }, (_, nth) => nth * everyMs)
      const history = calls.reduce(withCall, noCalls)

      const found = recentRate(history, history.lastAtMs) * (everyMs / 1_000)

      expect(found).toBeGreaterThan(0.99)
      expect(found).toBeLessThan(1.1)
    }),
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

test('what was called long ago counts less and less', () => {
  const history = withCall(noCalls, 0)

  expect(recentRate(history, 0)).toBeCloseTo(0.5 / 30)
  expect(recentRate(history, 30_000)).toBeCloseTo(0.5 / 30 / Math.E)
})

test('a call that is taken adds a part of the rate, of the base rate at least, and less after a refusal', () => {
  const rate = { perSecond: 2, basePerSecond: 0.05, mostPerSecond: 200, calm: true }

  expect(afterFallbackCall(rate).perSecond).toBeCloseTo(2.5)
  expect(afterFallbackCall({ ...rate, perSecond: 0.02 }).perSecond).toBeCloseTo(0.0325)
  expect(afterSlowDown(rate)).toMatchObject({ perSecond: 1, calm: false })
  expect(afterFallbackCall({ ...rate, calm: false }).perSecond).toBeCloseTo(2.01)
})
