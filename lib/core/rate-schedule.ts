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

/**
 * How a schedule that is taken up to `takenToMs` looks to a request: free from `nowMs` on, to be queued up for, or taken for
 * longer than the request waits.
 */
export const scheduleState = (
  takenToMs: number | undefined,
  { nowMs, latestMs }: SlotRequest,
): 'idle' | 'queue' | 'taken' => {
  if (takenToMs === undefined || takenToMs < nowMs || takenToMs > nowMs + FARTHEST_MS) return 'idle'
  return takenToMs > latestMs ? 'taken' : 'queue'
}

/** Takes slots from a schedule that is taken up to `takenToMs`; `undefined` where they would begin too late. */
export const reserveFrom = (
  takenToMs: number | undefined,
  request: SlotRequest,
): (Reserved & { readonly takenToMs: number }) | undefined => {
  const { spanMs, nowMs } = request
  const state = scheduleState(takenToMs, request)
  if (state === 'taken') return undefined
  if (takenToMs !== undefined && state === 'queue') {
    return { firstAtMs: takenToMs, idleMs: 0, takenToMs: takenToMs + spanMs }
  }
  const idleMs = takenToMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - takenToMs)
  return { firstAtMs: nowMs, idleMs, takenToMs: nowMs + spanMs }
}

/** What a process saw of a schedule when it wrote to it last. */
export interface SeenSchedule {
  readonly takenToMs: number
  /** How long the queue was, in ms; 0 when there was none. */
  readonly queueMs: number
}

/**
 * How a schedule most likely looks by now. Where there was a queue, others have kept it up: whoever comes back when its own
 * slot is over finds one of the same length.
 */
export const likelyState = (
  seen: SeenSchedule | undefined,
  request: SlotRequest,
): 'idle' | 'queue' | 'taken' => {
  if (seen === undefined) return 'idle'
  const state = scheduleState(seen.takenToMs, request)
  if (state !== 'idle' || seen.queueMs === 0) return state
  const believedToMs = seen.takenToMs + 2 * seen.queueMs
  return request.nowMs <= believedToMs ? 'queue' : 'idle'
}

/**
 * By how much two calls may come closer together than their slots, in ms: one starts late, one is held up in the network,
 * two clocks differ.
 */
export const JITTER_MS = 65
/** The part of the calls that is left to those which reserve after they were made, or which a lone process makes. */
const BURST_SHARE = 0.025
const MOST_BURST = 5
/** One call may be made without asking for so many slots that nobody took. */
const IDLE_SLOTS_PER_BURST_CALL = 15
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
  const slots = callsPerSecond - Math.floor(callsPerSecond * BURST_SHARE)
  if (slots < LEAST_FOR_EDGES) return { calls: withinMs / slots }
  const edges = Math.round(slots * EDGE_SHARE)
  return { calls: withinMs / (slots - edges), edges: withinMs / edges }
}

/** How many calls in a row may be made without asking after `idleMs` in which nobody had a slot. */
export const burstAfter = (idleMs: number, callsPerSecond: number): number =>
  Math.floor(
    Math.min(
      MOST_BURST,
      callsPerSecond * BURST_SHARE,
      (idleMs * callsPerSecond) / 1_000 / IDLE_SLOTS_PER_BURST_CALL,
    ),
  )

/** How long a process that is alone may call without asking, in ms. */
export const LONE_MS = 8_000
/**
 * So long nobody may have written to the schedule before, in ms: longer than a share lasts, by the time that an answer of the store may
 * take and by the second in which calls count.
 */
export const LONE_IDLE_MS = LONE_MS + 2_100
/** How many calls a process that is alone may make so in any second; its first and last calls are not counted. */
export const loneCalls = (callsPerSecond: number): number =>
  Math.min(MOST_BURST, Math.floor(callsPerSecond * BURST_SHARE))
