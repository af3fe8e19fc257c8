/*
 * How often a process calls while the schedule that all share cannot be asked. Nobody counts the calls of all then, so each
 * process goes on as it did before and learns from the service: half as often after a refusal, a little more often after
 * each call that was not refused.
 */

/** How fast earlier calls are forgotten, in ms. */
const FORGOTTEN_MS = 30_000

/** The calls of a process so far, each of them the lighter the longer it is ago. */
export interface CallHistory {
  readonly weight: number
  readonly lastAtMs: number
}

export const noCalls: CallHistory = { weight: 0, lastAtMs: Number.NEGATIVE_INFINITY }

const faded = (nowMs: number, { lastAtMs }: CallHistory): number =>
  Math.exp(-Math.max(0, nowMs - lastAtMs) / FORGOTTEN_MS)

export const withCall = (history: CallHistory, nowMs: number): CallHistory => ({
  weight: history.weight * faded(nowMs, history) + 1,
  lastAtMs: nowMs,
})

/**
 * Calls a second of late. Summed over all processes it is what they made together. The newest call counts half: processes
 * ask just after a call, and would all find themselves busier than they are.
 */
export const recentRate = (history: CallHistory, nowMs: number): number =>
  history.weight === 0 ? 0 : ((history.weight - 0.5) * faded(nowMs, history) * 1_000) / FORGOTTEN_MS

/** What so many processes may do together without knowing of each other. */
const PROCESSES_FORESEEN = 4_000
/** The rate never falls below this part of the one of a process without a past. */
const LEAST_SHARE = 1 / 4
/** How much faster after a call that was not refused, where the service has room and where it has none. */
const CALM_GROWTH = 0.25
const CAUTIOUS_GROWTH = 0.005

export interface FallbackRate {
  /** Calls a second. */
  readonly perSecond: number
  /** Of a process without a past; what is added is a part of it at least. */
  readonly basePerSecond: number
  readonly mostPerSecond: number
  /** True while nothing says that the service is at its limit. */
  readonly calm: boolean
}

/** Begins where this process was, or low where it comes new. `calm` says that there was room, as far as is known. */
export const startFallback = (
  callsPerSecond: number,
  recentPerSecond: number,
  calm: boolean,
): FallbackRate => {
  const basePerSecond = callsPerSecond / PROCESSES_FORESEEN
  const mostPerSecond = callsPerSecond
  const perSecond = Math.min(mostPerSecond, Math.max(basePerSecond, recentPerSecond))
  return { perSecond, basePerSecond, mostPerSecond, calm }
}

export const afterFallbackCall = (rate: FallbackRate): FallbackRate => {
  const growth = rate.calm ? CALM_GROWTH : CAUTIOUS_GROWTH
  const added = growth * Math.max(rate.perSecond, rate.basePerSecond)
  return { ...rate, perSecond: Math.min(rate.mostPerSecond, rate.perSecond + added) }
}

/** The service said "slow down". */
export const afterSlowDown = (rate: FallbackRate): FallbackRate => ({
  ...rate,
  perSecond: Math.max(rate.basePerSecond * LEAST_SHARE, rate.perSecond / 2),
  calm: false,
})
