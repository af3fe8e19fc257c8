import { afterAll, describe, expect, test } from 'vitest'
import { rateWindow } from '../../local/simulator/rate-window.ts'
import {
  type LoadOutcome,
  mostInASecond,
  quantile,
  REPLY_MS,
  simulateLoad,
} from '../support/rate-limit-world.ts'

const LIMIT = 200

/** What `replies` replies would see if all called in turn, at the full rate: a call each `gapMs`, from first to last text. */
const evenP95Ms = (replies: number): number => {
  const callsEach = (REPLY_MS / 1_000) * (LIMIT / replies)
  const gapMs = Math.max(200, REPLY_MS / (callsEach - 1))
  return callsEach > 2 ? gapMs * 0.95 + 40 : Number.NaN
}

const spread = (replies: number, overMs = REPLY_MS): number[] =>
  Array.from({ length: replies }, (_, n) => Math.round((n * overMs) / replies))

/** Replies that follow one another so that, once all have started, so many are always under way. */
const always = (replies: number, rounds: number): number[] =>
  spread(replies * rounds, REPLY_MS * rounds)

const refused = ({ arrivalsMs }: LoadOutcome): number => {
  const admits = rateWindow(LIMIT)
  return arrivalsMs.filter((atMs) => !admits(atMs)).length
}

const measured = (outcome: LoadOutcome, from = 0, to = Number.POSITIVE_INFINITY) => {
  const replies = outcome.replies.filter(({ startMs }) => startMs >= from && startMs < to)
  const all = replies.flatMap(({ lagsMs }) => lagsMs)
  const each = replies.map(({ lagsMs }) => quantile(lagsMs, 0.95))
  return {
    p50: quantile(all, 0.5),
    p95: quantile(all, 0.95),
    medianReply: quantile(each, 0.5),
    worstReply: Math.max(...each),
    firstTextP95: quantile(
      replies.map(({ lagsMs: [first = 0] }) => first),
      0.95,
    ),
  }
}

const table: Record<string, Record<string, number>> = {}
afterAll(() => console.table(table))

const note = (
  load: string,
  replies: number,
  outcome: LoadOutcome,
  lag: ReturnType<typeof measured>,
) => {
  table[load] = {
    calls: outcome.arrivalsMs.length,
    'most in 1 s': mostInASecond(outcome.arrivalsMs),
    'lag p50': Math.round(lag.p50),
    'lag p95': Math.round(lag.p95),
    ...(Number.isNaN(evenP95Ms(replies)) ? {} : { 'even p95': Math.round(evenP95Ms(replies)) }),
    'first text p95': Math.round(lag.firstTextP95),
    'worst / median': Number((lag.worstReply / lag.medianReply).toFixed(2)),
    'reservations / call': Number((outcome.reservations / outcome.arrivalsMs.length).toFixed(2)),
  }
}

const expectAllToEnd = ({ replies }: LoadOutcome) => {
  const ended = replies.filter(({ lagsMs }) => lagsMs.length === REPLY_MS / 10)
  expect(ended).toHaveLength(replies.length)
}

describe('no second sees more calls than allowed, and every reply ends', () => {
  test.each([
    { processes: 1, replies: 1 },
    { processes: 10, replies: 10 },
    { processes: 8, replies: 200 },
    { processes: 200, replies: 200 },
    { processes: 8, replies: 504 },
    { processes: 500, replies: 500 },
    { processes: 100, replies: 2_000 },
  ])('$replies replies over $processes processes', async ({ processes, replies }) => {
    const load = { processes, startsMs: spread(replies), callsPerSecond: LIMIT }

    const outcome = await simulateLoad(load)

    const lag = measured(outcome)
    note(`${replies} over ${processes}`, replies, outcome, lag)
    expect(refused(outcome)).toBe(0)
    expectAllToEnd(outcome)
    if (replies <= 200) expect(lag.p95).toBeLessThanOrEqual(1.2 * evenP95Ms(200))
    expect(lag.worstReply).toBeLessThanOrEqual(2 * lag.medianReply)
  })

  test.each([{ processes: 8 }, { processes: 200 }])(
    '200 replies that are always under way over $processes processes lag little more than an even schedule',
    async ({ processes }) => {
      const load = { processes, startsMs: always(200, 4), callsPerSecond: LIMIT }

      const outcome = await simulateLoad(load)

      const lag = measured(outcome, REPLY_MS, 3 * REPLY_MS)
      note(`always 200 over ${processes}`, 200, outcome, lag)
      expect(refused(outcome)).toBe(0)
      expectAllToEnd(outcome)
      expect(lag.p95).toBeLessThanOrEqual(1.2 * evenP95Ms(200))
    },
  )

  test('500 replies that start at once among 10 that are under way', async () => {
    const startsMs = [...spread(10, 1_000), ...spread(500, 20).map((atMs) => 3_000 + atMs)]

    const outcome = await simulateLoad({ processes: 510, startsMs, callsPerSecond: LIMIT })

    note('500 at once, 10 before', 510, outcome, measured(outcome))
    expect(refused(outcome)).toBe(0)
    expectAllToEnd(outcome)
  })
})

test('a single reply is as late as its pace makes it, for two writes', async () => {
  const { arrivalsMs, reservations, replies } = await simulateLoad({
    processes: 1,
    startsMs: [0],
    callsPerSecond: LIMIT,
  })

  const gapMs = 200
  const halfRoundTripMs = 40 + 20
  expect(quantile(replies[0]?.lagsMs ?? [], 0.95)).toBeLessThanOrEqual(gapMs + halfRoundTripMs)
  expect(arrivalsMs.length).toBeGreaterThan(30)
  expect(reservations).toBe(2)
})
