import type { Clock } from '../ports.ts'

/** Wakes one waiting loop when something it should look at has changed. */
export interface Bell {
  ring(): void
  /** Resolves at the next ring (one that nobody waited for counts), or after `ms`. */
  wait(ms?: number): Promise<void>
}

export const createBell = (clock: Clock): Bell => {
  let rung = false
  let wake: (() => void) | undefined

  return {
    ring() {
      rung = true
      wake?.()
    },
    async wait(ms) {
      if (!rung) {
        const timer = new AbortController()
        const ringing = new Promise<void>((resolve) => {
          wake = resolve
        })
        const waits = ms === undefined ? [ringing] : [ringing, clock.sleep(ms, timer.signal)]
        await Promise.race(waits)
        timer.abort()
        wake = undefined
      }
      rung = false
    },
  }
}
