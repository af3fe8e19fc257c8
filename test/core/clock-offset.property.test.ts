import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  boundsAt,
  doubtedBy,
  halvingInMs,
  inSecond,
  learnOffset,
  type OffsetEstimate,
  offsetToGoBy,
  type TimedAnswer,
  widthOf,
} from '../../lib/core/clock-offset.ts'

const START_MS = 1_700_000_000_000

/** An answer asked for after a pause; the other clock is read on the way. */
const trip = fc.record({
  pauseMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
  thereMs: fc.double({ min: 0, max: 400, noNaN: true }),
  backMs: fc.double({ min: 0, max: 400, noNaN: true }),
})
const aheadMs = fc.double({ min: -90_000, max: 90_000, noNaN: true })

/** What the own clock, ahead of the other by `aheadOf`, sees of these trips. */
const answersOf = (
  trips: readonly { pauseMs: number; thereMs: number; backMs: number }[],
  aheadOf: (n: number) => number,
): TimedAnswer[] => {
  let trueMs = START_MS
  return trips.map(({ pauseMs, thereMs, backMs }, n) => {
    const sentAtMs = trueMs + pauseMs + aheadOf(n)
    const saidAtMs = trueMs + pauseMs + thereMs
    trueMs = saidAtMs + backMs
    const second = Math.floor(saidAtMs / 1_000)
    return inSecond(second, { sentAtMs, receivedAtMs: trueMs + aheadOf(n) })
  })
}

const learnt = (answers: readonly TimedAnswer[]) =>
  answers.reduce<OffsetEstimate | undefined>(learnOffset, undefined)

test('the true offset always lies within the bounds', () => {
  fc.assert(
    fc.property(fc.array(trip, { minLength: 1, maxLength: 40 }), aheadMs, (trips, ahead) => {
      const known = learnt(answersOf(trips, () => ahead))

      expect(known?.leastMs).toBeLessThanOrEqual(-ahead + 1e-3)
      expect(known?.mostMs).toBeGreaterThanOrEqual(-ahead - 1e-3)
    }),
  )
})

test('one answer bounds it to a second and the round trip; no further one makes that wider than the drift does', () => {
  fc.assert(
    fc.property(fc.array(trip, { minLength: 1, maxLength: 40 }), aheadMs, (trips, ahead) => {
      const answers = answersOf(trips, () => ahead)

      let known: OffsetEstimate | undefined
      for (const answer of answers) {
        const before = known && widthOf(boundsAt(known, answer.receivedAtMs))
        known = learnOffset(known, answer)
        const alone = 1_000 + answer.receivedAtMs - answer.sentAtMs
        expect(widthOf(known)).toBeLessThanOrEqual(Math.min(before ?? alone, alone) + 1e-3)
      }
    }),
  )
})

test('forty answers at any times of the second leave less than a tenth of it', () => {
  const trips = Array.from({ length: 40 }, (_, n) => ({
    pauseMs: (n * 617) % 1_000,
    thereMs: 4,
    backMs: 4,
  }))

  const known = learnt(answersOf(trips, () => 60_000))

  expect(widthOf(known ?? { leastMs: 0, mostMs: 1_000 })).toBeLessThan(100)
})

test('a clock that is set while it runs is known again after one answer', () => {
  const leap = fc.oneof(
    fc.double({ min: 3_000, max: 90_000, noNaN: true }),
    fc.double({ min: -90_000, max: -3_000, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(trip, { minLength: 2, maxLength: 20 }), leap, (trips, leapMs) => {
      const last = trips.length - 1
      const known = learnt(answersOf(trips, (n) => (n === last ? leapMs : 0)))

      expect(known?.leastMs).toBeLessThanOrEqual(-leapMs + 1e-3)
      expect(known?.mostMs).toBeGreaterThanOrEqual(-leapMs - 1e-3)
    }),
  )
})

test('a leap that may have been one leaves both possible', () => {
  const known = { leastMs: -20, mostMs: 30, atMs: START_MS }

  expect(doubtedBy(known, 60_000)).toEqual({ leastMs: -60_020, mostMs: 30, atMs: START_MS })
})

test('two clocks are taken to agree as long as they may, and the other one is never thought to be ahead', () => {
  expect(offsetToGoBy({ leastMs: -400, mostMs: 600 })).toBe(0)
  expect(offsetToGoBy({ leastMs: 59_500, mostMs: 60_400 })).toBe(59_500)
  expect(offsetToGoBy({ leastMs: -60_400, mostMs: -59_500 })).toBe(-60_400)
})

test('questions sent at the right times leave a sixteenth of a second after four', () => {
  fc.assert(
    fc.property(aheadMs, fc.double({ min: 0, max: 999, noNaN: true }), (ahead, phaseMs) => {
      let trueMs = START_MS + phaseMs
      let known: OffsetEstimate | undefined
      for (let question = 0; question < 5; question += 1) {
        if (known !== undefined) trueMs += halvingInMs(known, trueMs + ahead, 4)
        const sentAtMs = trueMs + ahead
        const second = Math.floor((trueMs + 4) / 1_000)
        trueMs += 8
        known = learnOffset(known, inSecond(second, { sentAtMs, receivedAtMs: trueMs + ahead }))
      }

      expect(known?.leastMs).toBeLessThanOrEqual(-ahead + 1e-3)
      expect(known?.mostMs).toBeGreaterThanOrEqual(-ahead - 1e-3)
      // Each trip of 8 ms adds its own length to what a sixteenth of a second leaves.
      expect(known && widthOf(known)).toBeLessThan(1_000 / 16 + 16)
    }),
  )
})

test('an answer in whole seconds leaves a second open, and its own error on both sides of it', () => {
  const times = { sentAtMs: 5, receivedAtMs: 25 }

  expect(inSecond(7, times)).toEqual({ ...times, fromMs: 7_000, toMs: 8_000 })
  expect(inSecond(7, times, 300)).toEqual({ ...times, fromMs: 6_700, toMs: 8_300 })
})

test('an estimate grows wider by a ten thousandth of its age, on both sides', () => {
  const known = { leastMs: -10, mostMs: 10, atMs: 0 }

  expect(boundsAt(known, 100_000)).toEqual({ leastMs: -20, mostMs: 20 })
  expect(boundsAt(known, -100_000)).toEqual({ leastMs: -20, mostMs: 20 })
})

test('bounds that touch zero leave the clocks in agreement', () => {
  expect(offsetToGoBy({ leastMs: 0, mostMs: 5 })).toBe(0)
  expect(offsetToGoBy({ leastMs: -5, mostMs: 0 })).toBe(0)
  expect(offsetToGoBy({ leastMs: 1, mostMs: 5 })).toBe(1)
  expect(offsetToGoBy({ leastMs: -5, mostMs: -1 })).toBe(-5)
})

test('a question is asked a trip before the middle of what is unknown', () => {
  const bounds = { leastMs: 100, mostMs: 500 }

  expect(halvingInMs(bounds, 10_000, 50)).toBe(650)
  expect(halvingInMs(bounds, 10_700, 0)).toBe(0)
})
