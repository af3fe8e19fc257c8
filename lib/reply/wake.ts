import type { Clock } from '../ports.ts'

/** Wakes one waiting loop when something it should look at has changed. */
export interface Wake {
  ring(): void
  /** Rings because there is more text: whoever only lets time pass does not hear it. */
  ringForText(): void
  /** Resolves at the next ring (one that nobody waited for counts), or after `ms`. */
  wait(ms?: number): Promise<void>
  /** The same, but more text alone does not end it. */
  letPass(ms: number): Promise<void>
}

const over = 'over'

export const createWake = (clock: Clock): Wake => {
  let rung = false
  let deafToText = false
  let wake: (() => void) | undefined

  const ring = () => {
    rung = true
    wake?.()
  }
  const wait = async (ms?: number) => {
    if (!rung) {
      const timer = new AbortController()
      const ringing = new Promise<void>((resolve) => {
        wake = resolve
      })
      const waits = ms === undefined ? [ringing] : [ringing, clock.sleep(ms, timer.signal)]
      await Promise.race(waits)
      // A reason of our own: making the usual one takes longer than all the rest.
      timer.abort(over)
      wake = undefined
    }
    rung = false
  }

  return {
    ring,
    ringForText() {
      if (!deafToText) ring()
    },
    wait,
    async letPass(ms) {
      deafToText = true
      await wait(ms)
      deafToText = false
    },
  }
}
