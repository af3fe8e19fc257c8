import type { Clock } from '../../lib/ports.ts'

interface Sleeper {
  readonly dueMs: number
  readonly wake: () => void
}

/** Time that only moves when a test waits for something. */
export interface VirtualClock extends Clock {
  /** Lets time pass until `promise` settles. Rejects when it does, or when nothing is left that could settle it. */
  run<T>(promise: Promise<T>): Promise<T>
  /** How many sleeps have not ended. */
  pending(): number
}

/** Work that goes through setImmediate or promises alone is over after this many turns of the event loop. */
const IDLE_TURNS = 20

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * A clock that starts at `startMs` (Unix milliseconds). While `run` waits, each time that everything else has come to rest
 * it jumps to the earliest sleep and ends that one; equal ones end in the order in which they began, one after another.
 */
export const virtualClock = (startMs = 1_700_000_000_000): VirtualClock => {
  let nowMs = startMs
  const sleepers = new Set<Sleeper>()

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const wake = (): void => {
        sleepers.delete(sleeper)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const sleeper: Sleeper = { dueMs: nowMs + Math.max(0, ms), wake }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', wake, { once: true })
    })

  const wakeEarliest = (): boolean => {
    let earliest: Sleeper | undefined
    for (const sleeper of sleepers) {
      if (earliest === undefined || sleeper.dueMs < earliest.dueMs) earliest = sleeper
    }
    if (earliest === undefined) return false
    nowMs = Math.max(nowMs, earliest.dueMs)
    earliest.wake()
    return true
  }

  const run = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false
    const settle = (): void => {
      settled = true
    }
    promise.then(settle, settle)
    let idle = 0
    await turn()
    while (!settled) {
      idle = wakeEarliest() ? 0 : idle + 1
      if (idle > IDLE_TURNS) {
        throw new Error(
          `Nothing sleeps at ${nowMs - startMs} ms of virtual time, yet the promise has not settled: ` +
            'it waits for something that never happens, or for real time.',
        )
      }
      await turn()
    }
    return promise
  }

  return { now: () => nowMs, sleep, run, pending: () => sleepers.size }
}
