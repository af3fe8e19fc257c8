import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_WAITING_TURNS,
  mustHaveBegun,
  type NotedTurn,
  obsoleteTurns,
  overLimit,
  type UserLimits,
} from '../../../lib/core/conversation/user-limits.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'

const turnAt = (askedAtMs: number, n: number): NotedTurn => ({
  replyId: `turn:${n}_2_3` as ReplyId,
  askedAtMs,
})
const turnsAt = (times: readonly number[]) => times.map(turnAt)
const limits = fc.record({
  perMinute: fc.integer({ min: 0, max: 30 }),
  perDay: fc.integer({ min: 0, max: 60 }),
})

/** Every turn in order, each noted, and taken off again where it is over the limit or counts no more. */
const admitAll = (turns: readonly NotedTurn[], limit: UserLimits): readonly NotedTurn[] => {
  let noted: readonly NotedTurn[] = []
  return turns.filter((turn) => {
    const why = overLimit(noted, turn, limit)
    const gone = why === undefined ? obsoleteTurns(noted, turn, limit) : [turn]
    noted = [...noted, turn].filter((one) => !gone.includes(one))
    return why === undefined
  })
}

/** The most turns of any window of so many ms. */
const mostWithin = (turns: readonly NotedTurn[], ms: number): number =>
  Math.max(
    0,
    ...turns.map(
      ({ askedAtMs: end }) =>
        turns.filter(({ askedAtMs }) => askedAtMs <= end && askedAtMs > end - ms).length,
    ),
  )

describe('the limits of a user', () => {
  it('hold in any window, and turn nobody away who is below them', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 })
    fc.assert(
      fc.property(gaps, limits, (between, limit) => {
        let atMs = 1_700_000_000_000
        const turns = turnsAt(between.map((gap) => (atMs += gap)))

        const admitted = admitAll(turns, limit)

        const { perMinute, perDay } = limit
        if (perMinute > 0) expect(mostWithin(admitted, 60_000)).toBeLessThanOrEqual(perMinute)
        if (perDay > 0) expect(mostWithin(admitted, 86_400_000)).toBeLessThanOrEqual(perDay)
        for (const turn of turns.filter((one) => !admitted.includes(one))) {
          const before = admitted.filter(({ askedAtMs }) => askedAtMs <= turn.askedAtMs)
          expect(overLimit(before, turn, limit)).toBeDefined()
        }
      }),
      { numRuns: 200 },
    )
  })

  it('let exactly as many of 300 messages in a minute in as they say', () => {
    const turns = turnsAt(Array.from({ length: 300 }, (_, n) => n * 200))

    expect(admitAll(turns, { perMinute: 20, perDay: 0 })).toHaveLength(20)
    expect(admitAll(turns, { perMinute: 0, perDay: 0 })).toHaveLength(300)
    expect(admitAll(turns, { perMinute: 20, perDay: 7 })).toHaveLength(7)
  })

  it('count a turn that comes again once, and let it in again', () => {
    const turns = turnsAt([0, 1, 2])
    const [first = turnAt(0, 0)] = turns

    expect(overLimit(turns, first, { perMinute: 3, perDay: 3 })).toBeUndefined()
    expect(overLimit(turns, turnAt(3, 3), { perMinute: 3, perDay: 0 })).toBe('minute')
    expect(overLimit(turns, turnAt(3, 3), { perMinute: 0, perDay: 3 })).toBe('day')
  })

  it('keep few turns in mind, whatever their number, where there is no limit of the day', () => {
    let noted: readonly NotedTurn[] = []
    for (let n = 0; n < 500; n += 1) {
      const turn = turnAt(n * 6_001, n)
      const gone = obsoleteTurns(noted, turn, { perMinute: 20, perDay: 0 })
      noted = [...noted.filter((one) => !gone.includes(one)), turn]
      expect(noted.length).toBeLessThan(40)
    }
  })
})

describe('the turn that must have begun', () => {
  it('is the tenth before, whatever order they are in', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 1_000_000 }), {
      minLength: MAX_WAITING_TURNS,
      maxLength: 40,
    })
    fc.assert(
      fc.property(times, (before) => {
        const turn = turnAt(1_000_001, 999)
        const expected = before.toSorted((a, b) => b - a)[MAX_WAITING_TURNS - 1]

        expect(mustHaveBegun([...turnsAt(before), turn], turn)?.askedAtMs).toBe(expected)
      }),
    )
  })

  it('is none where fewer came, or all of them too long ago', () => {
    const nine = turnsAt(Array.from({ length: 9 }, (_, n) => n))

    expect(mustHaveBegun(nine, turnAt(10, 10))).toBeUndefined()
    expect(mustHaveBegun([...nine, turnAt(9, 9)], turnAt(10, 10))?.askedAtMs).toBe(0)
    expect(mustHaveBegun([...nine, turnAt(9, 9)], turnAt(3_600_010, 10))).toBeUndefined()
  })
})
