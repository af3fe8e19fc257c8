import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, nextStartMs, pace, recovered, widened } from '../../../lib/core/reply/pacing.ts'

test('the first call and the last one wait for nobody, the others for a gap after the last start', () => {
  expect(nextStartMs(pace(200), undefined, false)).toBe(0)
  expect(nextStartMs(pace(200), 1_000, true)).toBe(0)
  expect(nextStartMs(pace(200), 1_000, false)).toBe(1_200)
})

test('"slow down" widens the gap up to eight seconds, and calls that are taken bring it back', () => {
  let slowed = pace(200)
  const gaps = Array.from({ length: 8 }, () => {
    slowed = widened(slowed)
    return slowed.gapMs
  })
  expect(gaps).toEqual([400, 800, 1600, 3200, 6400, 8000, 8000, 8000])

  let calls = 0
  for (; slowed.gapMs > 200; calls += 1) slowed = recovered(slowed)
  expect(calls).toBeLessThan(40)
})

test('the gap is never less than what was asked for', () => {
  fc.assert(
    fc.property(fc.nat(20_000), fc.array(fc.boolean()), (minGapMs, slowDowns) => {
      const end = slowDowns.reduce((p, slow) => (slow ? widened(p) : recovered(p)), pace(minGapMs))

      expect(end.gapMs).toBeGreaterThanOrEqual(minGapMs)
    }),
  )
})

test('waiting before a repetition grows and is spread', () => {
  expect(backoffMs(1, 0)).toBe(100)
  expect(backoffMs(1, 0.99)).toBeCloseTo(199)
  expect(backoffMs(20, 0)).toBe(2_500)
})

test('each call that is taken brings the gap a fifth of the way back, and the last few milliseconds at once', () => {
  expect(recovered({ minGapMs: 200, gapMs: 1_200 })).toEqual({ minGapMs: 200, gapMs: 1_000 })
  expect(recovered({ minGapMs: 200, gapMs: 212.5 })).toEqual({ minGapMs: 200, gapMs: 210 })
  expect(recovered({ minGapMs: 200, gapMs: 212 })).toEqual({ minGapMs: 200, gapMs: 200 })
})
