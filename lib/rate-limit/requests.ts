import type { ScheduleName } from '../core/rate-schedule.ts'
import type { Clock } from '../ports.ts'
import type { SlotReserver, Slots } from './reserve.ts'

/** At most this many callers share a reservation, so that a process that dies wastes few slots. */
const MOST_AT_ONCE = 16
/** How long a backlog that was seen is assumed to last, in ms. */
const BELIEVED_MS = 2_000
/** A backlog below this counts as none, in ms: an edge gains nothing from a schedule of its own. */
const NO_BACKLOG_MS = 30
/** How long edges queue up in their own schedule while the other one is unknown, in ms. */
const EDGES_WAIT_MS = 300
/** Part of the backlog for which a reservation waits for more callers, and the most it waits, in ms. */
const GATHER_SHARE = 0.25
const GATHER_MS = 1_000

/** Slots on their way: each schedule is asked for by one reservation at a time, for all who wait by then. */
export interface SlotRequests {
  /** Asks for a slot for each of `count` more callers. */
  ask(kind: 'edge' | 'middle', count: number): void
  /** Slots that were asked for and have not arrived. */
  pending(): number
  /** Learns from slots of the schedule of calls. */
  learn(slots: Slots): void
  /** True when there was room in the schedule of calls when it was seen last, or nobody has seen it. */
  hadRoom(): boolean
}

export interface SlotRequestsOptions {
  readonly reserver: SlotReserver
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** False when edges have no schedule of their own. */
  readonly edgesApart: boolean
  /** Receives the slots. */
  readonly onSlots: (slots: Slots, schedule: ScheduleName) => void
}

export const slotRequests = ({
  reserver,
  clock,
  random,
  edgesApart,
  onSlots,
}: SlotRequestsOptions): SlotRequests => {
  const wanted = { calls: 0, edges: 0 }
  const asked = { calls: 0, edges: 0 }
  let seenAtMs = Number.NEGATIVE_INFINITY
  let seenBacklogMs = 0

  const backlogMs = (): number | undefined =>
    clock.now() - seenAtMs < BELIEVED_MS ? seenBacklogMs : undefined

  const learn = ({ atMs: [firstAtMs = 0] }: Slots) => {
    seenAtMs = clock.now()
    seenBacklogMs = Math.max(0, firstAtMs - seenAtMs)
  }
  /** When a caller waits long anyway, others may join its reservation. */
  const gather = async () => {
    const waitMs = Math.min((backlogMs() ?? 0) * GATHER_SHARE, GATHER_MS) * (0.75 + random() / 4)
    if (waitMs >= 1) await clock.sleep(waitMs)
  }
  const reserve = (schedule: ScheduleName, count: number): Promise<Slots | undefined> =>
    schedule === 'calls'
      ? reserver.reserve(schedule, count)
      : reserver.reserve(schedule, count, backlogMs() ?? EDGES_WAIT_MS)

  const askOnce = async (schedule: ScheduleName) => {
    if (schedule === 'calls') await gather()
    const count = Math.min(wanted[schedule], MOST_AT_ONCE)
    wanted[schedule] -= count
    asked[schedule] = count
    const slots = await reserve(schedule, count)
    asked[schedule] = 0
    if (slots === undefined) return want('calls', count)
    if (schedule === 'calls') learn(slots)
    onSlots(slots, schedule)
  }
  const asking = { calls: false, edges: false }
  const askAll = async (schedule: ScheduleName) => {
    asking[schedule] = true
    while (wanted[schedule] > 0) await askOnce(schedule)
    asking[schedule] = false
  }
  const want = (schedule: ScheduleName, count: number) => {
    wanted[schedule] += count
    if (!asking[schedule]) void askAll(schedule)
  }

  return {
    ask(kind, count) {
      const isFree = (backlogMs() ?? NO_BACKLOG_MS) < NO_BACKLOG_MS
      want(kind === 'edge' && edgesApart && !isFree ? 'edges' : 'calls', count)
    },
    pending: () => wanted.calls + wanted.edges + asked.calls + asked.edges,
    learn,
    hadRoom: () => seenBacklogMs < NO_BACKLOG_MS,
  }
}
