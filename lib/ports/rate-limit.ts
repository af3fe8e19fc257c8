import type { Reserved, SlotRequest } from '../core/rate-schedule.ts'

/** The calls that the whole application may make, shared by all invocations. */
export interface RateLimit {
  /**
   * Waits for the time at which one more call may start. `edge` is for the first and the last call of a reply, which go
   * ahead of the others. False when `signal` aborted first; then no call may be made. Never rejects: where the schedule
   * cannot be asked, this process goes on as it did before, and learns from `slowedDown`.
   */
  slot(kind: 'edge' | 'middle', signal: AbortSignal): Promise<boolean>
  /**
   * Tells that a first call will be wanted soon: where there is room, it may then be made without asking for a second or more. What is
   * not used goes to nobody. Never waits.
   */
  prepare(): void
  /** Tells that the service refused a call because there were too many. */
  slowedDown(): void
}

/** The schedules of calls that all processes share. */
export interface SlotStore {
  /**
   * Reserves slots in a row, in one atomic step: no two reservations of a schedule overlap. `undefined` when the schedule is
   * taken beyond `latestMs`. Throws `OutOfReach`, or another error when `signal` aborts; then the slots may be reserved all
   * the same, and go to waste.
   */
  reserve(request: SlotRequest, signal: AbortSignal): Promise<Reserved | undefined>
}
