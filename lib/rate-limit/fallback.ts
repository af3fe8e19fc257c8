import {
  afterFallbackCall,
  afterSlowDown,
  type FallbackRate,
  noCalls,
  recentRate,
  startFallback,
  withCall,
} from '../core/fallback-rate.ts'
import type { Clock } from '../ports.ts'

/** Refusals within this time are taken to have one cause, in ms. */
const ONE_CAUSE_MS = 1_000
/** How long a refusal is remembered, in ms. */
const REMEMBERED_MS = 60_000
/** How much too early a timer may fire, in ms. */
const EARLY_MS = 1
/** In a crowd a first call waits at least this part of its gap: the store may answer everybody meanwhile. */
const CROWDED_LEAST_PHASE = 0.3

/** The pace of this process alone, for when the store cannot be asked. */
export interface Fallback {
  /** Counts a call that is made now, whoever allowed it. */
  called(): void
  /** The service refused a call because there were too many. */
  slowedDown(): void
  /** Begins, unless it has begun. */
  start(seen: {
    /** The shared schedule had room when it was seen last. */
    readonly hadRoom: boolean
    /** The store is asked for more slots than it can answer. */
    readonly isCrowded: boolean
  }): void
  /** When the next call may be made; meaningful once started. */
  nextAtMs(): number
  /** True when a call may be made now; the next one is then a gap away. */
  take(): boolean
  /** True when calls were made at this pace since it began. */
  isUsed(): boolean
  stop(): void
}

export const fallback = ({
  clock,
  random,
  callsPerSecond,
}: {
  readonly clock: Clock
  readonly random: () => number
  readonly callsPerSecond: number
}): Fallback => {
  let history = noCalls
  let slowedDownAtMs = Number.NEGATIVE_INFINITY
  let rate: FallbackRate | undefined
  let used = false
  /** Gaps since `fromMs`, where one is a gap of the usual length. */
  let fromMs = 0
  let gaps = 1

  const gapMs = () => 1_000 / (rate?.perSecond ?? callsPerSecond)
  const nextAtMs = () => fromMs + gaps * gapMs()

  return {
    called() {
      history = withCall(history, clock.now())
      fromMs = clock.now()
    },
    slowedDown() {
      const nowMs = clock.now()
      if (nowMs - slowedDownAtMs < ONE_CAUSE_MS) return
      slowedDownAtMs = nowMs
      if (rate !== undefined) rate = afterSlowDown(rate)
    },
    start({ hadRoom, isCrowded }) {
      if (rate !== undefined) return
      const nowMs = clock.now()
      const calm = hadRoom && !isCrowded && nowMs - slowedDownAtMs > REMEMBERED_MS
      rate = startFallback(callsPerSecond, recentRate(history, nowMs), calm)
      used = false
      fromMs = history.lastAtMs
      gaps = 0.8 + 0.4 * random()
      if (nextAtMs() > nowMs) return
      // Many processes may begin together, so each starts at a random point within a gap.
      fromMs = nowMs
      const leastPhase = isCrowded ? CROWDED_LEAST_PHASE : 0
      gaps = leastPhase + random()
    },
    nextAtMs,
    take() {
      if (rate === undefined || clock.now() < nextAtMs() - EARLY_MS) return false
      used = true
      // A pace that is not fully used does not show that a faster one would do.
      if (clock.now() - nextAtMs() < gapMs()) rate = afterFallbackCall(rate)
      fromMs = clock.now()
      gaps = 0.8 + 0.4 * random()
      return true
    },
    isUsed: () => used,
    stop() {
      rate = undefined
      used = false
    },
  }
}
