import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  inSecond,
  learnOffset,
  type OffsetEstimate,
  offsetAt,
  UNSEEN_CLOCK_ERROR_MS,
} from '../../lib/core/clock-offset.ts'

const START_MS = 1_700_000_000_000

/** An answer to a call that began at `atMs` of our clock and took so long, and showed the other clock's seconds on the way. */
const answer = (aheadMs: number, atMs: number, thereMs: number, backMs: number) =>
  inSecond(Math.floor((atMs + thereMs + aheadMs) / 1_000), {
    sentAtMs: atMs,
    receivedAtMs: atMs + thereMs + backMs,
  })

test('the offset lies within what is said of it, whatever the answers', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -600_000, max: 600_000 }),
      fc.array(fc.tuple(fc.nat(60_000), fc.nat(400), fc.nat(400)), { minLength: 1 }),
      (aheadMs, answers) => {
        let nowMs = START_MS
        let range: OffsetEstimate | undefined
        for (const [waitMs, thereMs, backMs] of answers) {
          nowMs += waitMs
          range = learnOffset(range, answer(aheadMs, nowMs, thereMs, backMs))
          nowMs += thereMs + backMs
          const offset = offsetAt(range, nowMs)
          expect(Math.abs(offset.aheadMs - aheadMs)).toBeLessThanOrEqual(offset.errorMs + 1e-6)
          expect(offset.errorMs).toBeLessThanOrEqual(500 + 400 + 1)
        }
      },
    ),
  )
})

test('some answers at different moments of a second tell the offset to some milliseconds', () => {
  let range: OffsetEstimate | undefined
  for (let i = 0; i < 20; i += 1)
    range = learnOffset(range, answer(3_217, START_MS + i * 730, 40, 40))

  expect(offsetAt(range, START_MS + 14_000).errorMs).toBeLessThan(80)
  expect(Math.abs(offsetAt(range, START_MS + 14_000).aheadMs - 3_217)).toBeLessThan(80)
})

test('a clock that was set is believed at once', () => {
  const before = learnOffset(undefined, answer(0, START_MS, 40, 40))
  const after = learnOffset(before, answer(60_000, START_MS + 5_000, 40, 40))

  const { aheadMs, errorMs } = offsetAt(after, START_MS + 5_080)
  expect(Math.abs(aheadMs - 60_000)).toBeLessThanOrEqual(errorMs)
})

test('what was seen long ago is trusted less, and what was never seen hardly', () => {
  const range = learnOffset(undefined, answer(0, START_MS, 40, 40))

  expect(offsetAt(range, START_MS + 3_600_000).errorMs).toBeGreaterThan(800)
  expect(offsetAt(undefined, START_MS)).toEqual({
    aheadMs: 0,
    errorMs: UNSEEN_CLOCK_ERROR_MS,
    leaptMs: 0,
  })
})
