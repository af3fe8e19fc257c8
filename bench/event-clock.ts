import type { Clock } from '../lib/ports.ts'

interface Sleeper {
  readonly dueMs: number
  readonly order: number
  wake: (() => void) | undefined
}

/** Virtual time for a hundred thousand sleepers: it jumps to the earliest each time that everything else has come to rest. */
export interface EventClock extends Clock {
  /** Lets time pass until `promise` settles. */
  run<T>(promise: Promise<T>): Promise<T>
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const eventClock = (startMs: number): EventClock => {
  let nowMs = startMs
  let order = 0
  const heap = sleeperHeap()

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      order += 1
      const sleeper: Sleeper = { dueMs: nowMs + Math.max(0, ms), order, wake: undefined }
      sleeper.wake = () => {
        sleeper.wake = undefined
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const { wake } = sleeper
      signal?.addEventListener('abort', wake, { once: true })
      heap.push(sleeper)
    })

  const wakeEarliest = (): boolean => {
    for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
      if (next.wake === undefined) continue
      nowMs = Math.max(nowMs, next.dueMs)
      next.wake()
      return true
    }
    return false
  }

  const run = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false
    const settle = () => {
      settled = true
    }
    promise.then(settle, settle)
    await turn()
    while (!settled) {
      if (!wakeEarliest()) throw new Error('Nothing sleeps, yet the promise has not settled.')
      await turn()
    }
    return promise
  }
  return { now: () => nowMs, sleep, run }
}

const isBefore = (a: Sleeper, b: Sleeper): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)

/** A binary heap, the earliest on top; equal ones in the order in which they began. */
const sleeperHeap = () => {
  const items: Sleeper[] = []
  const at = (index: number): Sleeper => items[index] as Sleeper
  const swap = (a: number, b: number) => {
    const kept = at(a)
    items[a] = at(b)
    items[b] = kept
  }
  const sink = () => {
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2]
      if (left >= items.length) return
      const child = right < items.length && isBefore(at(right), at(left)) ? right : left
      if (!isBefore(at(child), at(index))) return
      swap(index, child)
      index = child
    }
  }
  return {
    push(sleeper: Sleeper) {
      items.push(sleeper)
      for (let index = items.length - 1; index > 0; ) {
        const parent = (index - 1) >> 1
        if (!isBefore(at(index), at(parent))) break
        swap(index, parent)
        index = parent
      }
    },
    pop(): Sleeper | undefined {
      const top = items[0]
      const last = items.pop()
      if (top === undefined || last === undefined || items.length === 0) return top
      items[0] = last
      sink()
      return top
    },
  }
}
