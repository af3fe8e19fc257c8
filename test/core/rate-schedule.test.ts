import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  burstAfter,
  FARTHEST_MS,
  intervalsFor,
  JITTER_MS,
  likelyState,
  reserveFrom,
  type SlotRequest,
  scheduleState,
} from '../../lib/core/rate-schedule.ts'

const ask = (nowMs: number, spanMs = 10, latestMs = Number.POSITIVE_INFINITY): SlotRequest => ({
  schedule: 'calls',
  spanMs,
  nowMs,
  latestMs,
})

test('slots begin now where the schedule is idle, else where it is taken to', () => {
  expect(reserveFrom(undefined, ask(1_000))).toEqual({
    firstAtMs: 1_000,
    idleMs: Number.POSITIVE_INFINITY,
    takenToMs: 1_010,
  })
  expect(reserveFrom(400, ask(1_000))).toEqual({ firstAtMs: 1_000, idleMs: 600, takenToMs: 1_010 })
  expect(reserveFrom(1_400, ask(1_000))).toEqual({ firstAtMs: 1_400, idleMs: 0, takenToMs: 1_410 })
})

test('nothing is reserved where the schedule is taken beyond the latest time', () => {
  expect(reserveFrom(1_300, ask(1_000, 10, 1_300))?.firstAtMs).toBe(1_300)
  expect(reserveFrom(1_301, ask(1_000, 10, 1_300))).toBeUndefined()
})

test('a schedule that a wrong clock took far ahead begins anew', () => {
  expect(reserveFrom(1_001 + FARTHEST_MS, ask(1_000))).toEqual({
    firstAtMs: 1_000,
    idleMs: 0,
    takenToMs: 1_010,
  })
})

test('reservations begin neither early nor late and never overlap', () => {
  const step = fc.record({
    afterMs: fc.nat(50),
    spanMs: fc.integer({ min: 1, max: 100 }),
    patienceMs: fc.oneof(fc.nat(200), fc.constant(Number.POSITIVE_INFINITY)),
  })

  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let nowMs = 0
      let takenToMs: number | undefined
      for (const { afterMs, spanMs, patienceMs } of steps) {
        nowMs += afterMs
        const latestMs = nowMs + patienceMs
        const reserved = reserveFrom(takenToMs, ask(nowMs, spanMs, latestMs))
        if (reserved === undefined) continue

        expect(reserved.firstAtMs).toBeGreaterThanOrEqual(Math.max(nowMs, takenToMs ?? 0))
        expect(reserved.firstAtMs).toBeLessThanOrEqual(latestMs)
        expect(reserved.takenToMs).toBe(reserved.firstAtMs + spanMs)
        takenToMs = reserved.takenToMs
      }
    }),
  )
})

/** Less by what adding fractions costs. */
const almostJitterMs = JITTER_MS - 1e-6

/** Arrivals of all slots of a schedule, each late by as much as `lateMs` says. */
const arrivals = (intervalMs: number, spanMs: number, lateMs: (slot: number) => number) =>
  Array.from(
    { length: Math.ceil(spanMs / intervalMs) },
    (_, slot) => slot * intervalMs + lateMs(slot),
  )

const mostInASecond = (timesMs: readonly number[]): number => {
  const sorted = timesMs.toSorted((a, b) => a - b)
  let from = 0
  return sorted.reduce((most, atMs, to) => {
    while (atMs - (sorted[from] ?? 0) >= 1_000) from += 1
    return Math.max(most, to - from + 1)
  }, 0)
}

test('however calls are held up within the jitter, no second sees too many, burst ones included', () => {
  const rates = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(100, 200, 333, 1_000))
  const lateness = fc.array(fc.double({ min: 0, max: almostJitterMs, noNaN: true }), {
    minLength: 1,
  })

  fc.assert(
    fc.property(rates, lateness, fc.nat(2_500), (rate, late, turnMs) => {
      const { calls, edges } = intervalsFor(rate)
      // The worst: late before some moment, in time after it.
      const worst = (intervalMs: number) => (slot: number) =>
        slot * intervalMs < turnMs ? almostJitterMs : (late[slot % late.length] ?? 0)
      const made = [calls, ...(edges === undefined ? [] : [edges])].flatMap((intervalMs) =>
        arrivals(intervalMs, 4_000, worst(intervalMs)),
      )

      const burst = burstAfter(Number.POSITIVE_INFINITY, rate)
      expect(mostInASecond(made) + burst).toBeLessThanOrEqual(rate)
    }),
  )
})

test('of 200 calls a second at least 183 are handed out, a sixth of them kept for edges', () => {
  const { calls, edges = Number.POSITIVE_INFINITY } = intervalsFor(200)

  expect(1_000 / calls + 1_000 / edges).toBeGreaterThan(183)
  expect(1_000 / edges).toBeCloseTo(31.9, 1)
})

test('calls go burst after a schedule stood idle, more of them the longer it did', () => {
  const after = (idleMs: number, rate = 200) => burstAfter(idleMs, rate)

  expect([0, 74, 75, 150, 375, 10_000].map((idleMs) => after(idleMs))).toEqual([0, 0, 1, 2, 5, 5])
  expect([39, 40, 80].map((rate) => after(10_000, rate))).toEqual([0, 1, 2])
})

test('a schedule that is taken exactly up to now, or as far ahead as is believed, is queued up for', () => {
  expect(scheduleState(undefined, ask(1_000))).toBe('idle')
  expect(scheduleState(999, ask(1_000))).toBe('idle')
  expect(scheduleState(1_000, ask(1_000))).toBe('queue')
  expect(scheduleState(1_000 + FARTHEST_MS, ask(1_000))).toBe('queue')
  expect(scheduleState(1_001 + FARTHEST_MS, ask(1_000))).toBe('idle')
  expect(scheduleState(1_300, ask(1_000, 10, 1_299))).toBe('taken')
})

test('a queue that was seen is believed in for twice its length, one that was not for no longer than its slots', () => {
  const seen = { takenToMs: 1_000, queueMs: 300 }

  expect(likelyState(undefined, ask(1_000))).toBe('idle')
  expect(likelyState(seen, ask(900))).toBe('queue')
  expect(likelyState(seen, ask(900, 10, 950))).toBe('taken')
  expect(likelyState(seen, ask(1_600))).toBe('queue')
  expect(likelyState(seen, ask(1_601))).toBe('idle')
  expect(likelyState({ takenToMs: 1_000, queueMs: 0 }, ask(1_000))).toBe('queue')
  expect(likelyState({ takenToMs: 1_000, queueMs: 0 }, ask(1_001))).toBe('idle')
})

test('with fewer than ten slots a second, first and last calls have no schedule of their own', () => {
  expect(intervalsFor(9)).toEqual({ calls: (1_000 + JITTER_MS) / 9 })
  expect(intervalsFor(10)).toEqual({
    calls: (1_000 + JITTER_MS) / 8,
    edges: (1_000 + JITTER_MS) / 2,
  })
})
