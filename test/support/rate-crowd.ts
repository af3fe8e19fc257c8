import { eventClock } from '../../bench/event-clock.ts'
import { dynamoSlotStore } from '../../lib/adapters/dynamo/slot-store.ts'
import { backoffMs, pace, recovered, widened } from '../../lib/core/reply/pacing.ts'
import type { Clock, RateLimit } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { rateWindow } from '../../local/simulator/rate-window.ts'
import { mostInASecond, quantile, seededRandom } from './rate-limit-world.ts'
import { type ItemState, throttledItems } from './throttled-item.ts'
import { never } from './unhurried.ts'

/** When the items of the schedules take no write, in ms. */
interface Outage {
  readonly fromMs: number
  readonly toMs: number
  readonly state: ItemState
}

export interface Crowd {
  readonly sandboxes: number
  /** When the sandboxes begin, each with a reply of its own: evenly over so long, in ms. */
  readonly startOverMs: number
  /** How long each one's text takes to come, in ms. */
  readonly replyMs: number
  readonly outage?: Outage
  readonly seed?: number
}

interface Call {
  readonly atMs: number
  readonly taken: boolean
}

interface ItemFigures {
  /** The most writes that any item was asked for in any second, and the most that it took. */
  readonly triedPerSecond: number
  readonly takenPerSecond: number
  /** Of all tries to write to the schedule of calls: turned away for their number, or for a wrong guess of its place. */
  readonly throttledShare: number
  readonly refusedShare: number
}

export interface CrowdOutcome {
  /** As they arrive at the service, in order. */
  readonly calls: readonly Call[]
  /** The most calls that arrived in any second which begins in a span, refused ones included. */
  worstSecond(fromMs?: number, toMs?: number): number
  refusedCalls(fromMs?: number, toMs?: number): number
  readonly items: ItemFigures
  /** Age of each 50 ms of text when it was shown, in ms. */
  readonly lagP95Ms: number
  /** Sandboxes that ever said that the store is out of reach. */
  readonly outOfReach: number
  readonly endedAtMs: number
}

const LIMIT = 200
const SAMPLE_MS = 50

interface Times {
  readonly clock: Clock
  readonly random: () => number
  readonly arrives: (atMs: number) => boolean
}

/** Text comes evenly; each call carries all that has come by its start; what is refused is said again, later. */
const playReply = async (
  limit: RateLimit,
  { clock, random, arrives }: Times,
  { startMs, replyMs }: { readonly startMs: number; readonly replyMs: number },
): Promise<number[]> => {
  const endMs = startMs + replyMs
  const lagsMs: number[] = []
  let failures = 0
  let isFirst = true
  let own = pace(200)
  const nextSampleMs = () => startMs + (lagsMs.length + 1) * SAMPLE_MS
  await clock.sleep(nextSampleMs() - clock.now())

  while (nextSampleMs() <= endMs) {
    await limit.slot(isFirst || clock.now() >= endMs ? 'edge' : 'middle', never)
    const calledAtMs = clock.now()
    const arrivesAtMs = calledAtMs + 40 + random() * 20
    await clock.sleep(arrivesAtMs - clock.now())
    const taken = arrives(clock.now())
    await clock.sleep(40)
    if (taken) {
      isFirst = false
      failures = 0
      own = recovered(own)
      const untilMs = Math.min(calledAtMs, endMs)
      while (nextSampleMs() <= untilMs) lagsMs.push(arrivesAtMs - nextSampleMs())
      const nextMs = Math.min(calledAtMs + own.gapMs, Math.max(clock.now(), endMs))
      await clock.sleep(nextMs - clock.now())
    } else {
      failures += 1
      own = widened(own)
      limit.slowedDown()
      await clock.sleep(backoffMs(Math.min(failures, 4), random()))
    }
  }
  return lagsMs
}

/** A sandbox for each reply, sharing nothing but the items of the schedules and the service's limit, in virtual time. */
export const simulateCrowd = async (crowd: Crowd): Promise<CrowdOutcome> => {
  const random = seededRandom(crowd.seed ?? 1)
  const clock = eventClock(0)
  const table = throttledItems({ clock, random })
  const admits = rateWindow(LIMIT)
  const calls: Call[] = []
  let outOfReach = 0
  const times: Times = {
    clock,
    random,
    arrives: (atMs) => {
      const taken = admits(atMs)
      calls.push({ atMs, taken })
      return taken
    },
  }
  const sandbox = (): RateLimit => {
    let warned = false
    const warn = () => {
      if (!warned) outOfReach += 1
      warned = true
    }
    return rateLimit({
      store: dynamoSlotStore({ call: table.call, table: 'replies' }),
      clock,
      random,
      callsPerSecond: LIMIT,
      log: { info: () => {}, warn },
    })
  }
  const goAway = async ({ fromMs, toMs, state }: Outage) => {
    await clock.sleep(fromMs)
    table.become(state)
    await clock.sleep(toMs - fromMs)
    table.become('working')
  }
  if (crowd.outage !== undefined) void goAway(crowd.outage)

  const playing = Array.from({ length: crowd.sandboxes }, (_, nth) =>
    playReply(sandbox(), times, {
      startMs: (nth * crowd.startOverMs) / crowd.sandboxes,
      replyMs: crowd.replyMs,
    }),
  )
  const lagsMs = (await clock.run(Promise.all(playing))).flat()

  const within = (fromMs: number, toMs: number) =>
    calls.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  return {
    calls,
    worstSecond: (fromMs = 0, toMs = Number.POSITIVE_INFINITY) =>
      mostInASecond(
        calls.map(({ atMs }) => atMs),
        fromMs,
        toMs,
      ),
    refusedCalls: (fromMs = 0, toMs = Number.POSITIVE_INFINITY) =>
      within(fromMs, toMs).filter(({ taken }) => !taken).length,
    items: itemFigures(table.tries),
    lagP95Ms: quantile(lagsMs, 0.95),
    outOfReach,
    endedAtMs: clock.now(),
  }
}

const itemFigures = (tries: ReturnType<typeof throttledItems>['tries']): ItemFigures => {
  const ofCalls = tries.filter(({ pk }) => pk === 'budget#calls')
  const share = (came: (typeof tries)[number]['came']) =>
    ofCalls.filter((each) => each.came === came).length / ofCalls.length
  const most = (wanted: (each: (typeof tries)[number]) => boolean) =>
    Math.max(
      ...['budget#calls', 'budget#edges'].map((pk) =>
        mostInASecond(
          tries.filter((each) => each.pk === pk && wanted(each)).map(({ atMs }) => atMs),
        ),
      ),
    )
  return {
    triedPerSecond: most(() => true),
    takenPerSecond: most(({ came }) => came !== 'throttled'),
    throttledShare: share('throttled'),
    refusedShare: share('conditionFailed'),
  }
}
