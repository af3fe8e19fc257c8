import { describe, expect, test } from 'vitest'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import {
  fitsOpening,
  openingFound,
  openingKnown,
  openingLost,
  openingOf,
  openingStarted,
  openingsHere,
  SETTLED_AFTER_MS,
  spanOfCall,
  twinOpenings,
} from '../../../lib/core/reply/opening.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'

const START_MS = 1_700_000_000_400
const exact = { aheadMs: 0, errorMs: 0, leaptMs: 0 }
const start = { atMs: START_MS, leaptMs: 0 }
const chunk = { text: 'The answer', finish: false }
const openedAt = (seconds: number, text: string) => ({
  msgKey: `1_2_${seconds}` as MsgKey,
  timeSeconds: 5,
  text,
})

describe('a message fits an opening', () => {
  const opening = openingOf(chunk, 0, spanOfCall(exact, start, { atMs: START_MS + 80, leaptMs: 0 }))

  test.each([
    ['with its chunk alone', openedAt(1_700_000_000, 'The answer'), true],
    ['with more behind it', openedAt(1_700_000_000, 'The answer is'), true],
    ['made as late as the service can', openedAt(1_700_000_003, 'The answer'), true],
    ['made later than that', openedAt(1_700_000_004, 'The answer'), false],
    ['made before the call', openedAt(1_699_999_999, 'The answer'), false],
    ['with another text', openedAt(1_700_000_000, 'The anchor.'), false],
    ['with less than the chunk', openedAt(1_700_000_000, 'The'), false],
  ])('%s', (_, shown, fits) => {
    expect(fitsOpening(opening, shown)).toBe(fits)
  })

  test('that reading back shows at the time of its newest change, by the time in its name', () => {
    expect(fitsOpening(opening, { ...openedAt(1_700_000_001, 'The answer'), timeSeconds: 9 })).toBe(
      true,
    )
  })
})

test('the span of a call is by the clock of the service, and as wide as that is wrong', () => {
  const lost = { atMs: START_MS + 5_000, leaptMs: 0 }

  expect(spanOfCall({ aheadMs: 60_000, errorMs: 500, leaptMs: 0 }, start, lost)).toEqual({
    fromMs: START_MS + 59_500,
    untilMs: lost.atMs + SETTLED_AFTER_MS + 60_500,
  })
  expect(spanOfCall(exact, start)).toEqual({ fromMs: START_MS })
})

test('the span of a call ends later where our clock has leapt since the answer was lost', () => {
  const lost = { atMs: START_MS + 5_000, leaptMs: 2_000 }
  const leapt = { aheadMs: -13_000, errorMs: 0, leaptMs: 15_000 }

  expect(spanOfCall(leapt, start, lost)).toEqual({
    fromMs: START_MS - 13_000,
    untilMs: lost.atMs + SETTLED_AFTER_MS,
  })
})

describe('the openings of a reply', () => {
  const opening = openingOf(chunk, 0, spanOfCall(exact, start))
  const started = openingStarted(unsentProgress(START_MS), opening)

  test('are forgotten once it is known what a call has opened, or that it opened nothing', () => {
    expect(started.openings).toEqual([opening])
    expect(openingKnown(started)).toEqual(unsentProgress(START_MS))
  })

  test('are kept where nobody knows, also when the next call is answered', () => {
    const lost = openingLost(started, { untilMs: START_MS + 3_280 })
    const next = openingKnown(openingStarted(lost, { ...opening, fromMs: START_MS + 3_280 }))

    expect(twinOpenings(next)).toEqual([{ ...opening, untilMs: START_MS + 3_280 }])
    expect(openingFound(next, twinOpenings(next)[0] ?? opening)).toEqual(unsentProgress(START_MS))
  })

  test('leave no twin behind where the chunk finished its message, or the call is under way', () => {
    const finishing = openingLost(
      openingStarted(unsentProgress(START_MS), { ...opening, finish: true }),
      { untilMs: START_MS },
    )

    expect(twinOpenings(finishing)).toEqual([])
    expect(twinOpenings(started)).toEqual([])
  })

  test('count where their chunk begins alone, and are bounded', () => {
    let progress = unsentProgress(START_MS)
    for (let i = 0; i < 100; i += 1) {
      progress = openingLost(openingStarted(progress, { ...opening, atChars: i }), { untilMs: i })
    }

    expect(progress.openings).toHaveLength(8)
    expect(openingsHere({ ...progress, sentChars: 99 }).map(({ atChars }) => atChars)).toEqual([99])
    expect(openingsHere({ ...progress, sentChars: 7 })).toEqual([])
  })
})
