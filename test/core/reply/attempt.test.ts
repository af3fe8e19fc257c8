import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  attemptPauseMs,
  hasMovedOn,
  MAX_ATTEMPTS,
  nextAttempt,
} from '../../../lib/core/reply/attempt.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'

const MINUTE = 60_000
const attempt = fc.record({ count: fc.integer({ min: 1, max: 50 }), fromChars: fc.nat(10_000) })
const progressWith = (sentChars: number) => ({ ...unsentProgress(0), sentChars })

describe('the attempts of the sweeper', () => {
  it('are followed by pauses of 1, 2, 4 … 60 minutes', () => {
    const pauses = Array.from({ length: MAX_ATTEMPTS }, (_, nth) => attemptPauseMs(nth + 1))

    // A lease of 15 s comes before each, and the sweep of that minute shall not miss it.
    const apart = pauses.map((ms) => (ms + 20_000) / MINUTE)
    expect(apart).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
    expect(attemptPauseMs(0)).toBe(0)
  })

  it('have pauses that never get shorter, and none that is longer than an hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (count) => {
        expect(attemptPauseMs(count + 1)).toBeGreaterThanOrEqual(attemptPauseMs(count))
        expect(attemptPauseMs(count)).toBeLessThanOrEqual(60 * MINUTE)
      }),
    )
  })

  it('are counted for as long as the text does not move on, and begin anew when it has', () => {
    fc.assert(
      fc.property(fc.option(attempt, { nil: undefined }), fc.nat(10_000), (last, sentChars) => {
        const next = nextAttempt(last, sentChars)

        const movedOn = hasMovedOn(last, progressWith(sentChars))
        expect(next).toEqual({
          count: movedOn ? 1 : (last?.count ?? 0) + 1,
          fromChars: sentChars,
        })
        expect(hasMovedOn(next, progressWith(sentChars))).toBe(false)
        expect(hasMovedOn(next, progressWith(sentChars + 1))).toBe(true)
      }),
    )
  })
})
