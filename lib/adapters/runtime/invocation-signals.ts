import type { Context } from 'aws-lambda'
import type { InvocationSignals } from '../../ports.ts'

/** Time left in an invocation at which it must be over with its last call, in ms. */
const LAST_MOMENT_MS = 700
/** Where the platform does not say how much time is left, in ms. */
const UNKNOWN_REMAINING_MS = 29_000

/** The signals of one invocation. */
export interface TimedSignals extends InvocationSignals {
  /** From the start to `handOver`, in ms. */
  readonly workingMs: number
  /** Stops the timers behind them. */
  readonly clear: () => void
}

/**
 * Turns the time that an invocation has left into signals. `handOver` comes when `handOverMs` are left, or after half of the
 * time where there was never twice as much: an invocation that only hands over would never get anywhere. `startBy` comes
 * when half of the time to `handOver` is over.
 */
export const invocationSignals = (
  context: Partial<Pick<Context, 'getRemainingTimeInMillis'>> | undefined,
  handOverMs: number,
): TimedSignals => {
  const remainingMs = context?.getRemainingTimeInMillis?.() ?? UNKNOWN_REMAINING_MS
  const workingMs = remainingMs - Math.min(handOverMs, remainingMs / 2)
  const startBy = abortAfter(workingMs / 2)
  const handOver = abortAfter(workingMs)
  const deadline = abortAfter(remainingMs - Math.min(LAST_MOMENT_MS, remainingMs / 4))
  return {
    startBy: startBy.signal,
    handOver: handOver.signal,
    deadline: deadline.signal,
    workingMs,
    clear: () => {
      startBy.clear()
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
