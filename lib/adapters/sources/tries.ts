import { readRetryAfter } from '../../core/retry-after.ts'
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

/**
 * The first attempt that comes to something: of one model, as long as the trouble of another one may pass, then of the fallback once.
 * An attempt returns the trouble that it has had before it gave anything.
 */
export const withTries = async function* <Delta>(
  parts: Parameters<typeof countTries>[0],
  signal: AbortSignal,
  attempt: (
    model: string | undefined,
  ) => AsyncGenerator<Delta, PassingTrouble | undefined, undefined>,
  {
    model,
    fallback,
  }: { readonly model: string | undefined; readonly fallback: string | undefined },
): AsyncGenerator<Delta, void, undefined> {
  const tries = countTries(parts, signal)
  let trouble = yield* attempt(model)
  while (trouble !== undefined && (await tries.again(trouble))) trouble = yield* attempt(model)
  if (trouble !== undefined && fallback !== undefined) trouble = yield* attempt(fallback)
  if (trouble !== undefined) throw trouble
}
