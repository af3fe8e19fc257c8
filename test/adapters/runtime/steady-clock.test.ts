import fc from 'fast-check'
import { expect, test } from 'vitest'
import { steadyClock } from '../../../lib/adapters/runtime/steady-clock.ts'

const START_MS = 1_700_000_000_000

/** A machine with two clocks that a test turns. */
const machine = () => {
  const state = { wallMs: START_MS, countMs: 5_000 }
  const clock = steadyClock({
    wallMs: () => state.wallMs,
    countMs: () => state.countMs,
    sleep: async () => {},
  })
  return {
    clock,
    pass: (ms: number) => {
      state.wallMs += ms
      state.countMs += ms
    },
    set: (byMs: number) => {
      state.wallMs += byMs
    },
  }
}

test('it shows the wall clock’s time while nobody sets that', () => {
  const { clock, pass } = machine()

  pass(1_234)

  expect([clock.now(), clock.leaptMs()]).toEqual([START_MS + 1_234, 0])
})

test('it goes on evenly where the wall clock is set back', () => {
  const { clock, pass, set } = machine()

  pass(1_000)
  set(-60_000)
  pass(500)

  expect([clock.now(), clock.leaptMs()]).toEqual([START_MS + 1_500, 0])
})

test('it goes along where the wall clock leaps ahead, and tells', () => {
  const { clock, pass, set } = machine()

  pass(1_000)
  set(60_000)
  pass(500)
  const then = clock.now()
  set(-60_000)
  pass(500)

  expect([then, clock.now()]).toEqual([START_MS + 61_500, START_MS + 62_000])
  expect(clock.leaptMs()).toBe(60_000)
})

test('it never goes back, and never misses time that has passed by either clock', () => {
  const step = fc.record({
    passMs: fc.double({ min: 0, max: 10_000, noNaN: true }),
    setMs: fc.constantFrom(0, 0, 0, -60_000, -20, 20, 60_000, 3_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, pass, set } = machine()
      let wallMs = START_MS
      for (const { passMs, setMs } of steps) {
        const before = clock.now()
        pass(passMs)
        set(setMs)
        wallMs += passMs + setMs
        expect(clock.now()).toBeGreaterThanOrEqual(before + passMs - 1e-3)
        expect(clock.now()).toBeGreaterThanOrEqual(wallMs - 51)
      }
    }),
  )
})
