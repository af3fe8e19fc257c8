import type { RateLimit, SlotStore } from '../../lib/ports.ts'
import { rateLimit } from '../../lib/rate-limit/index.ts'
import { memorySlotStore } from '../../local/memory/slot-store.ts'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

/** Always the same numbers in [0, 1) (mulberry32). */
export const seededRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** The most of these times, given in order, that lie within any second which begins in a span. */
export const mostInASecond = (
  timesMs: readonly number[],
  fromMs = Number.NEGATIVE_INFINITY,
  toMs = Number.POSITIVE_INFINITY,
): number => {
  let to = 0
  return timesMs.reduce((most, atMs, from) => {
    while ((timesMs[to] ?? Number.POSITIVE_INFINITY) < atMs + 1_000) to += 1
    return atMs >= fromMs && atMs < toMs ? Math.max(most, to - from) : most
  }, 0)
}

export interface SimulatedLoad {
  readonly processes: number
  /** When each reply starts, in ms; they take turns among the processes. */
  readonly startsMs: readonly number[]
  readonly callsPerSecond: number
  readonly seed?: number
}

interface SimulatedReply {
  readonly startMs: number
  /** Age of the text of each 10 ms when it arrives at the service, in ms. */
  readonly lagsMs: readonly number[]
}

export interface LoadOutcome {
  /** When calls arrived at the service, in ms, in order. */
  readonly arrivalsMs: readonly number[]
  readonly replies: readonly SimulatedReply[]
  readonly reservations: number
}

export const REPLY_MS = 6_650
const SAMPLE_MS = 10
const MIN_GAP_MS = 200
const ROUND_TRIP_MS = 80
const NETWORK_JITTER_MS = 20
const storeLatencyMs = (random: () => number) => 5 + random() * 5

interface Times {
  readonly clock: VirtualClock
  readonly random: () => number
  /** Takes the time at which a call arrives. */
  readonly onArrival: (atMs: number) => void
}

/** Waits as a reply does: once its text has ended, the call it waits for is its last. */
const slotBefore = async (
  rateLimit: RateLimit,
  { clock }: Times,
  endMs: number,
  isFirst: boolean,
): Promise<void> => {
  const never = new AbortController().signal
  if (isFirst || clock.now() >= endMs) return void (await rateLimit.slot('edge', never))
  const ended = new AbortController()
  const served = new AbortController()
  void clock.sleep(endMs - clock.now(), served.signal).then(() => ended.abort())
  const isServed = await rateLimit.slot('middle', ended.signal)
  served.abort()
  if (!isServed) await rateLimit.slot('edge', never)
}

/** Text comes evenly; each call carries all that has come by its start. */
const playReply = async (rateLimit: RateLimit, times: Times, startMs: number) => {
  const { clock, random, onArrival } = times
  const endMs = startMs + REPLY_MS
  const lagsMs: number[] = []
  const nextSampleMs = () => startMs + (lagsMs.length + 1) * SAMPLE_MS
  await clock.sleep(nextSampleMs() - clock.now())

  while (nextSampleMs() <= endMs) {
    await slotBefore(rateLimit, times, endMs, lagsMs.length === 0)
    const calledAtMs = clock.now()
    const arrivesAtMs = calledAtMs + ROUND_TRIP_MS / 2 + random() * NETWORK_JITTER_MS
    onArrival(arrivesAtMs)
    while (nextSampleMs() <= Math.min(calledAtMs, endMs)) lagsMs.push(arrivesAtMs - nextSampleMs())
    await clock.sleep(arrivesAtMs + ROUND_TRIP_MS / 2 - calledAtMs)
    // The last call does not wait for the gap.
    await clock.sleep(Math.min(calledAtMs + MIN_GAP_MS, Math.max(clock.now(), endMs)) - clock.now())
  }
  return { startMs, lagsMs }
}

/** Replies over several processes that share nothing but the store, in virtual time. */
export const simulateLoad = async (load: SimulatedLoad): Promise<LoadOutcome> => {
  const random = seededRandom(load.seed ?? 1)
  const clock = virtualClock(0)
  const arrivalsMs: number[] = []
  let reservations = 0
  const inMemory = memorySlotStore({ clock, latencyMs: () => storeLatencyMs(random) })
  const store: SlotStore = {
    reserve(request, signal) {
      reservations += 1
      return inMemory.reserve(request, signal)
    },
  }
  const log = {
    info: () => {},
    warn: (event: string) => {
      throw new Error(event)
    },
  }
  const { callsPerSecond } = load
  const limits = Array.from({ length: load.processes }, () =>
    rateLimit({ store, clock, random, callsPerSecond, log }),
  )
  const times: Times = { clock, random, onArrival: (atMs) => arrivalsMs.push(atMs) }

  const playing = load.startsMs.flatMap((startMs, n) => {
    const limit = limits[n % load.processes]
    return limit === undefined ? [] : playReply(limit, times, startMs)
  })
  const replies = await clock.run(Promise.all(playing))
  return { arrivalsMs: arrivalsMs.sort((a, b) => a - b), replies, reservations }
}
