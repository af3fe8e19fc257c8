import type { Pause } from './persist.ts'
import type { Session } from './session.ts'

/** How long nobody looks at the lease and whether the reply shall stop, in ms. */
const LOOK_EVERY_MS = 500

/** Waits on behalf of a reply that is written: keeps its lease meanwhile, and hears a stop, once. */
export const pauseOf =
  ({ job, deps, signals, endsEarly }: Session): Pause =>
  async (ms) => {
    const { lease } = job
    const mustEnd = () =>
      lease.lost() ||
      signals.handOver.aborted ||
      (!endsEarly && (lease.cancelRequested() || signals.interrupt.aborted))
    const untilMs = deps.clock.now() + ms
    for (;;) {
      lease.renewAndPoll()
      const leftMs = untilMs - deps.clock.now()
      if (leftMs <= 0 || mustEnd()) return !mustEnd()
      await deps.clock.sleep(Math.min(leftMs, LOOK_EVERY_MS), signals.handOver)
    }
  }
