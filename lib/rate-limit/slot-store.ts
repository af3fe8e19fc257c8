import type { Reserved, SlotRequest } from '../core/rate-schedule.ts'

/** The schedules of calls that all processes share. */
export interface SlotBook {
  /**
   * Reserves slots in a row, in one atomic step: no two reservations of a schedule overlap. `undefined` when the schedule is
   * taken beyond `latestMs`. Throws `OutOfReach`, or another error when `signal` aborts; then the slots may be reserved all
   * the same, and go to waste.
   */
  reserve(request: SlotRequest, signal: AbortSignal): Promise<Reserved | undefined>
}
