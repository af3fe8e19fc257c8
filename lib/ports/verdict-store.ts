import type { Verdict } from '../core/reply/verdict.ts'

/** What the whole application knows of the service: one verdict. Every method throws `OutOfReach`. */
export interface VerdictStore {
  /** Eventually consistent. `undefined` when nobody has looked. */
  read(): Promise<Verdict | undefined>
  /** In one atomic step, true for one asker in `LOOK_EVERY_MS`: it may look now. */
  mayLook(nowMs: number): Promise<boolean>
  /** Replaces an older verdict; a newer one stays. The next look is due `LOOK_EVERY_MS` later. */
  note(verdict: Verdict): Promise<void>
}
