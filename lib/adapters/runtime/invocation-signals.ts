import type { Context } from 'aws-lambda'

/** Time left in an invocation at which it must be over with its last call, in ms. */
const LAST_MOMENT_MS = 700
/** Where the platform does not say how much time is left, in ms. */
const UNKNOWN_REMAINING_MS = 29_000

/** The signals of one invocation. */
export interface TimedSignals {
  /** Aborts when what may need most of an invocation's time can no longer be begun. */
  readonly lastStart: AbortSignal
  /** Aborts while there is just time enough to bring things in order. */
  readonly handOver: AbortSignal
  /** Aborts when the invocation is about to be ended. */
  readonly deadline: AbortSignal
  /** Stops the timers behind them. */
  readonly clear: () => void
}

/**
 * Turns the time that an invocation has left into signals. `handOver` comes when `handOverMs` are left, or after half of the
 * time where there was never twice as much: an invocation that only hands over would never get anywhere. `lastStart` comes
 * when half of the time to `handOver` is over.
 */
export const invocationSignals = (
  context: Partial<Pick<Context, 'getRemainingTimeInMillis'>> | undefined,
  handOverMs: number,
): TimedSignals => {
  const remainingMs = context?.getRemainingTimeInMillis?.() ?? UNKNOWN_REMAINING_MS
  const workingMs = remainingMs - Math.min(handOverMs, remainingMs / 2)
  const lastStart = abortAfter(workingMs / 2)
  const handOver = abortAfter(workingMs)
  const deadline = abortAfter(remainingMs - Math.min(LAST_MOMENT_MS, remainingMs / 4))
  return {
    lastStart: lastStart.signal,
    handOver: handOver.signal,
    deadline: deadline.signal,
    clear: () => {
      lastStart.clear()
      handOver.clear()
      deadline.clear()
    },
  }
}

const abortAfter = (ms: number): { readonly signal: AbortSignal; readonly clear: () => void } => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), ms)
  timer.unref()
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}
