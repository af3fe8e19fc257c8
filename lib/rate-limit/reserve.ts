import { OutOfReach } from '../core/out-of-reach.ts'
import type { Intervals, Reserved, ScheduleName } from '../core/rate-schedule.ts'
import type { Clock, Log, SlotStore } from '../ports.ts'
import type { Fallback } from './fallback.ts'

/** How long the store may take to answer, in ms. */
const PATIENCE_MS = 1_000
/** How long a schedule that was out of reach is not asked again, in ms; doubles each time. */
const LEFT_ALONE_MS = 500
const CROWD_LEFT_ALONE_MS = 2_000
const LONGEST_LEFT_ALONE_MS = 10_000
/**
 * How long a process keeps to its own pace once the store is back, in ms: until the others have found out, their calls come
 * on top of those which the store hands out.
 */
const OTHERS_RETURN_MS = 20_000

export interface Slots {
  /** When each begins, in order. */
  readonly atMs: readonly number[]
  /** As in `Reserved`. */
  readonly idleMs: number
}

/** Reserves slots in the store; where that is out of reach, this process goes on at a pace of its own. */
export interface SlotReserver {
  /**
   * `undefined` when the schedule is taken for longer than `withinMs`, and for edges also where it is out of reach. Calls then
   * wait for what comes first, the store or this process's own pace, and may get fewer than `count`. Never rejects.
   */
  reserve(schedule: ScheduleName, count: number, withinMs?: number): Promise<Slots | undefined>
  /** A slot for a call that begins now, where the schedule of calls has one. Asks once; never rejects. */
  reserveIdle(): Promise<Slots | undefined>
}

export interface SlotReserverOptions {
  readonly store: SlotStore
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly intervals: Intervals
  readonly fallback: Fallback
  /** True when the schedule of calls had room when it was seen last. */
  readonly hadRoom: () => boolean
  /** How late a slot may be and still be used, in ms. */
  readonly lateMs: number
}

const slotsOf = ({ firstAtMs, idleMs }: Reserved, count: number, intervalMs: number): Slots => ({
  atMs: Array.from({ length: count }, (_, n) => firstAtMs + n * intervalMs),
  idleMs,
})

const saysCrowded = (error: unknown): boolean => error instanceof OutOfReach && error.crowded

/** When a schedule is asked again, at random so that processes refused together do not return together. */
const askingAgain = (clock: Clock, random: () => number) => {
  let failures = 0
  let fromMs = Number.NEGATIVE_INFINITY
  return {
    fromMs: () => fromMs,
    isOut: () => failures > 0,
    failed(isCrowded: boolean) {
      const firstMs = isCrowded ? CROWD_LEFT_ALONE_MS : LEFT_ALONE_MS
      const leftAloneMs = Math.min(LONGEST_LEFT_ALONE_MS, firstMs * 2 ** failures)
      failures += 1
      fromMs = clock.now() + leftAloneMs * (0.5 + random() / 2)
    },
    answered() {
      failures = 0
    },
  }
}

export const slotReserver = (options: SlotReserverOptions): SlotReserver => {
  const { store, clock, random, log, intervals, fallback, hadRoom, lateMs } = options
  const again = { calls: askingAgain(clock, random), edges: askingAgain(clock, random) }
  let lastTripMs = 0
  let backAtMs = Number.NEGATIVE_INFINITY
  let isLogged = false
  let lastError: unknown

  const ask = async (
    schedule: ScheduleName,
    count: number,
    withinMs: number,
  ): Promise<Slots | undefined> => {
    const startedAtMs = clock.now()
    // When answers are slow, the first slot begins no earlier than the answer may arrive.
    const nowMs = startedAtMs + Math.max(0, lastTripMs - lateMs / 2)
    const intervalMs = intervals[schedule] ?? intervals.calls
    const request = { schedule, spanMs: count * intervalMs, nowMs, latestMs: nowMs + withinMs }
    const answered = new AbortController()
    const patience = new AbortController()
    void clock.sleep(PATIENCE_MS, answered.signal).then(() => patience.abort())
    try {
      const reserved = await store.reserve(request, patience.signal)
      // A leap of the clock, or a freeze of the process, does not tell how long the next answer takes.
      lastTripMs = Math.min(clock.now() - startedAtMs, PATIENCE_MS)
      again[schedule].answered()
      return reserved && slotsOf(reserved, count, intervalMs)
    } catch (error) {
      again[schedule].failed(saysCrowded(error))
      throw error
    } finally {
      answered.abort('over')
    }
  }

  const keepsOwnPace = (): boolean =>
    fallback.isUsed() && (again.calls.isOut() || clock.now() - backAtMs < OTHERS_RETURN_MS)

  const reserveEdges = async (count: number, withinMs: number) => {
    if (keepsOwnPace() || clock.now() < again.edges.fromMs()) return undefined
    try {
      return await ask('edges', count, withinMs)
    } catch {
      // The other schedule has slots for edges, too.
      return undefined
    }
  }

  /** Slots of the store, where it answers. */
  const fromStore = async (count: number): Promise<Slots | undefined> => {
    const wasOut = again.calls.isOut()
    try {
      const slots = await ask('calls', count, Number.POSITIVE_INFINITY)
      if (wasOut) backAtMs = clock.now()
      if (isLogged) log.info('rate-limit-back')
      isLogged = false
      if (!keepsOwnPace()) fallback.stop()
      return slots
    } catch (error) {
      lastError = error
      fallback.start({ hadRoom: hadRoom(), isCrowded: saysCrowded(error) })
      return undefined
    }
  }
  const ofOwn = (): Slots => {
    if (!isLogged) log.warn('rate-limit-out-of-reach', { error: String(lastError) })
    isLogged = true
    return { atMs: [clock.now()], idleMs: 0 }
  }
  /** The store is not asked before this process's own pace allows a call: what it hands out would come on top of that. */
  const untilOwnPace = () =>
    keepsOwnPace() ? clock.sleep(fallback.nextAtMs() - clock.now()) : undefined
  const untilNextTry = () =>
    clock.sleep(Math.min(fallback.nextAtMs(), again.calls.fromMs()) - clock.now())

  const tryCalls = async (count: number): Promise<Slots | undefined> => {
    await untilOwnPace()
    const mayAsk = clock.now() >= again.calls.fromMs()
    const slots = mayAsk ? await fromStore(keepsOwnPace() ? 1 : count) : undefined
    if (slots !== undefined) return slots
    if (fallback.take()) return ofOwn()
    await untilNextTry()
    return undefined
  }
  const reserveCalls = async (count: number): Promise<Slots> => {
    for (;;) {
      const slots = await tryCalls(count)
      if (slots !== undefined) return slots
    }
  }

  const reserveIdle = async (): Promise<Slots | undefined> => {
    if (keepsOwnPace() || clock.now() < again.calls.fromMs()) return undefined
    return ask('calls', 1, 0).catch(() => undefined)
  }

  return {
    reserveIdle,
    reserve: (schedule, count, withinMs = Number.POSITIVE_INFINITY) =>
      schedule === 'calls' ? reserveCalls(count) : reserveEdges(count, withinMs),
  }
}
