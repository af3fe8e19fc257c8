/** `edges` is kept for the first and the last call of a reply. */
export type ScheduleName = 'calls' | 'edges'

/** Asks for slots in a row. */
export interface SlotRequest {
  readonly schedule: ScheduleName
  /** How long the slots are together, in ms. */
  readonly spanMs: number
  /** When the first slot may begin, in ms since the epoch. */
  readonly nowMs: number
  /** Not before `nowMs`; nothing is reserved where the schedule is taken beyond this. */
  readonly latestMs: number
}

export interface Reserved {
  /** When the first slot begins. */
  readonly firstAtMs: number
  /** How long before it nobody had a slot, in ms; `Infinity` for a schedule without a past. */
  readonly idleMs: number
}

/** A schedule taken farther ahead than this was left by a clock that is wrong, and begins anew. */
export const FARTHEST_MS = 300_000

/** Takes slots from a schedule that is taken up to `takenToMs`; `undefined` where they would begin too late. */
export const reserveFrom = (
  takenToMs: number | undefined,
  { spanMs, nowMs, latestMs }: SlotRequest,
): (Reserved & { readonly takenToMs: number }) | undefined => {
  const idleMs = takenToMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - takenToMs)
  const isQueue = takenToMs !== undefined && takenToMs >= nowMs && takenToMs <= nowMs + FARTHEST_MS
  if (!isQueue) return { firstAtMs: nowMs, idleMs, takenToMs: nowMs + spanMs }
  if (takenToMs > latestMs) return undefined
  return { firstAtMs: takenToMs, idleMs, takenToMs: takenToMs + spanMs }
}

/**
 * By how much two calls may come closer together than their slots, in ms: one starts late, one is held up in the network,
 * two clocks differ.
 */
export const JITTER_MS = 65
/** The part of the calls that is left to those which are booked after they were made. */
const UNASKED_SHARE = 0.025
const MOST_UNASKED = 5
/** One call may go burst for so many slots that nobody took. */
const IDLE_SLOTS_PER_UNASKED = 15
/** More of it, and it lies idle among long replies; less, and first chunks wait among short ones. */
const EDGE_SHARE = 0.175
/** With fewer slots a second, edges share the one schedule. */
const LEAST_FOR_EDGES = 10

/** Time between two slots of each schedule, in ms. */
export interface Intervals {
  readonly calls: number
  /** Absent where there are too few calls for a schedule of their own. */
  readonly edges?: number
}

/**
 * Intervals at which no second sees more than `callsPerSecond` arrivals. What arrives within a second has its slot within
 * 1 s + jitter, and of slots that lie w/k apart at most k fall into any half-open span of w. `callsPerSecond` is a whole
 * number, at least 1.
 */
export const intervalsFor = (callsPerSecond: number): Intervals => {
  const withinMs = 1_000 + JITTER_MS
  const slots = callsPerSecond - Math.floor(callsPerSecond * UNASKED_SHARE)
  if (slots < LEAST_FOR_EDGES) return { calls: withinMs / slots }
  const edges = Math.round(slots * EDGE_SHARE)
  return { calls: withinMs / (slots - edges), edges: withinMs / edges }
}

/** How many calls in a row may go burst after `idleMs` in which nobody had a slot. */
export const burstAfter = (idleMs: number, callsPerSecond: number): number =>
  Math.floor(
    Math.min(
      MOST_UNASKED,
      callsPerSecond * UNASKED_SHARE,
      (idleMs * callsPerSecond) / 1_000 / IDLE_SLOTS_PER_UNASKED,
    ),
  )
