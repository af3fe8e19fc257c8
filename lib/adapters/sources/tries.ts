import type { Clock } from '../../ports.ts'
import { PassingTrouble } from './source-failed.ts'

const MOST_TRIES = 4
/** No try begins later than this after the first: the user waits meanwhile. */
const LONGEST_MS = 45_000
const BACKOFF_MS = 500
/** Whoever asks for a longer pause is not asked again. */
const LONGEST_PAUSE_MS = 20_000

interface Tries {
  /**
   * Waits until another try is due after this error. False where none is: the error is no `PassingTrouble`, there were four
   * tries, the next one would begin after 45 s, or the other end asks for more than 20 s.
   */
  readonly again: (error: unknown) => Promise<boolean>
}

/** The tries of one request, of which the first begins now. Pauses are as `Retry-After` asks for, or 0.5 s, 1 s, 2 s with jitter. */
export const countTries = (
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  signal: AbortSignal,
): Tries => {
  const startMs = clock.now()
  let tries = 1
  return {
    async again(error) {
      if (!(error instanceof PassingTrouble) || tries >= MOST_TRIES) return false
      const nowMs = clock.now()
      const shortMs = BACKOFF_MS * 2 ** (tries - 1) * (0.5 + random() / 2)
      const pauseMs = readRetryAfter(error.retryAfter, nowMs) ?? shortMs
      if (pauseMs > LONGEST_PAUSE_MS || nowMs + pauseMs > startMs + LONGEST_MS) return false
      tries += 1
      await clock.sleep(pauseMs, signal)
      signal.throwIfAborted()
      return true
    },
  }
}

/** Milliseconds from now (RFC 9110, 10.2.3): a number of seconds or a date. */
const readRetryAfter = (value: string | undefined, nowMs: number): number | undefined => {
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0)
}
