import {
  type Intervals,
  type Reserved,
  reserveFrom,
  type ScheduleName,
  type SlotRequest,
} from '../core/rate-schedule.ts'
import type { Clock, Log, SlotStore } from '../ports.ts'

/** How long the book may take to answer, in ms. */
const PATIENCE_MS = 1_000
/** How long a book that did not answer is left alone, in ms. */
const LEFT_ALONE_MS = 5_000
/** Without the store, a process takes its part of the calls as if there were so many. */
const PROCESSES_ASSUMED = 20

export interface Slots {
  /** When each begins, in order. */
  readonly atMs: readonly number[]
  /** As in `Reserved`. */
  readonly idleMs: number
}

/** Reserves slots in the store, and where that is out of reach in a small schedule of this process alone. */
export interface SlotReserver {
  /** `undefined` when the schedule is taken for longer than `withinMs`. Never rejects. */
  reserve(schedule: ScheduleName, count: number, withinMs?: number): Promise<Slots | undefined>
}

export interface SlotReserverOptions {
  readonly store: SlotStore
  readonly clock: Clock
  readonly log: Log
  readonly intervals: Intervals
  /** How late a slot is still of use, in ms. */
  readonly lateMs: number
}

const slotsOf = ({ firstAtMs, idleMs }: Reserved, count: number, intervalMs: number): Slots => ({
  atMs: Array.from({ length: count }, (_, n) => firstAtMs + n * intervalMs),
  idleMs,
})

export const slotReserver = ({
  store,
  clock,
  log,
  intervals,
  lateMs,
}: SlotReserverOptions): SlotReserver => {
  let lastTripMs = 0
  let isOut = false
  let leftAloneUntilMs = 0
  let ownTakenToMs: number | undefined

  const reserveAlone = (count: number): Slots | undefined => {
    const nowMs = clock.now()
    const intervalMs = intervals.calls * PROCESSES_ASSUMED
    const spanMs = count * intervalMs
    const latestMs = Number.POSITIVE_INFINITY
    const own = reserveFrom(ownTakenToMs, { schedule: 'calls', spanMs, nowMs, latestMs })
    ownTakenToMs = own?.takenToMs
    return own && slotsOf({ ...own, idleMs: 0 }, count, intervalMs)
  }
  const askStore = async (request: SlotRequest): Promise<Reserved | undefined> => {
    const answered = new AbortController()
    const patience = new AbortController()
    const startedAtMs = clock.now()
    void clock.sleep(PATIENCE_MS, answered.signal).then(() => patience.abort())
    try {
      return await store.reserve(request, patience.signal)
    } finally {
      answered.abort('over')
      lastTripMs = clock.now() - startedAtMs
    }
  }

  return {
    async reserve(schedule, count, withinMs = Number.POSITIVE_INFINITY) {
      if (clock.now() < leftAloneUntilMs) return reserveAlone(count)
      // Where answers take long, the first slot begins when this one may be here.
      const nowMs = clock.now() + Math.max(0, Math.min(lastTripMs, PATIENCE_MS) - lateMs / 2)
      const intervalMs = intervals[schedule] ?? intervals.calls
      const request = { schedule, spanMs: count * intervalMs, nowMs, latestMs: nowMs + withinMs }
      try {
        const reserved = await askStore(request)
        if (isOut) log.info('call-budget-back')
        isOut = false
        return reserved && slotsOf(reserved, count, intervalMs)
      } catch (error) {
        if (!isOut) log.warn('call-budget-out-of-reach', { error: String(error) })
        isOut = true
        leftAloneUntilMs = clock.now() + LEFT_ALONE_MS
        return reserveAlone(count)
      }
    },
  }
}
