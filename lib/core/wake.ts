/** Sleeps so many ms, or until `signal` aborts. */
interface Sleeper {
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Wakes one waiting loop when something it should look at has changed. */
export interface Wake {
  ring(): void
  /** Rings because there is more text: who does not wait for text does not hear it. */
  ringForText(): void
  /** Resolves at the next ring (one that nobody waited for counts), or after `ms`. */
  wait(ms?: number, hears?: 'text' | 'allButText'): Promise<void>
}

const over = 'over'

export const createWake = ({ sleep }: Sleeper): Wake => {
  let rung = false
  let deafToText = false
  let wake: (() => void) | undefined

  const ring = () => {
    rung = true
    wake?.()
  }

  return {
    ring,
    ringForText() {
      if (!deafToText) ring()
    },
    async wait(ms, hears = 'text') {
      if (!rung) {
        deafToText = hears === 'allButText'
        const timer = new AbortController()
        const ringing = new Promise<void>((resolve) => {
          wake = resolve
        })
        const waits = ms === undefined ? [ringing] : [ringing, sleep(ms, timer.signal)]
        await Promise.race(waits)
        // A reason of our own: making the usual one takes longer than all the rest.
        timer.abort(over)
        wake = undefined
        deafToText = false
      }
      rung = false
    },
  }
}
