import type { Clock, InvocationSignals } from '../ports.ts'

/** The part of its time that work may use; the rest is for cleaning up. */
const WORKING = 0.75
const IN_ORDER = 0.9

/** What became of work with a time of its own. */
export type Shared<T> = { readonly inTime: true; readonly value: T } | { readonly inTime: false }

/**
 * Gives work a part of an invocation's time: its signals abort as if the invocation ended after `shareMs`, or with the real ones.
 * Does not wait for work that goes on beyond that; such work is held by its lease alone.
 */
export const withinShare = async <T>(
  clock: Clock,
  signals: InvocationSignals,
  shareMs: number,
  work: (signals: InvocationSignals) => Promise<T>,
): Promise<Shared<T>> => {
  const over = new AbortController()
  const own = {
    startBy: signals.startBy,
    handOver: earlier(clock, signals.handOver, shareMs * WORKING, over.signal),
    deadline: earlier(clock, signals.deadline, shareMs * IN_ORDER, over.signal),
  }
  const shared = work(own).then((value) => ({ inTime: true, value }) as const)
  const tooLate = clock.sleep(shareMs, over.signal).then(() => ({ inTime: false }) as const)
  try {
    return await Promise.race([shared, tooLate])
  } finally {
    over.abort('over')
  }
}

/** Aborts with a signal, or after `ms`, until it is over. */
const earlier = (clock: Clock, signal: AbortSignal, ms: number, over: AbortSignal): AbortSignal => {
  const own = new AbortController()
  const abort = () => own.abort()
  if (signal.aborted) own.abort()
  signal.addEventListener('abort', abort, { signal: over })
  void clock.sleep(ms, over).then(() => {
    if (!over.aborted) abort()
  })
  return own.signal
}
