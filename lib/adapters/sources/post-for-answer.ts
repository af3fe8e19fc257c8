import { err, ok, type Result } from '../../core/result.ts'
import type { Clock } from '../../ports.ts'
import { type Answer, connectionCode, postOnce, type SourcePost } from './answer.ts'
import { sourceFailed } from './source-failed.ts'

const RETRIES = 2
const backoffMs = 400
/** Whoever asks for a longer pause is not asked again: the user waits meanwhile. */
const longestPauseMs = 5_000

/**
 * Posts and waits for the head of an answer. Where it is 429 or 5xx, or none comes, the post is repeated up to twice, after the
 * pause that `Retry-After` asks for or a short one; never once an answer has begun otherwise. Returns an answer of any
 * status; throws `TextBrokenOff` where there was none, and the signal's reason when it aborts.
 */
export const postForAnswer = async (
  post: SourcePost,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  signal: AbortSignal,
): Promise<Answer> => {
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await postOnce(post, clock, signal).then(ok, err)
    signal.throwIfAborted()
    const shortMs = backoffMs * 2 ** attempt * (0.5 + random() / 2)
    const pauseMs = attempt < RETRIES ? pauseAfter(outcome, shortMs, clock.now()) : undefined
    if (pauseMs === undefined) return answerOf(outcome, post.name)
    if (outcome.ok) outcome.value.close()
    await clock.sleep(pauseMs, signal)
  }
}

/** Milliseconds until another try; `undefined` where there is to be none. */
const pauseAfter = (
  outcome: Result<Answer, unknown>,
  shortMs: number,
  nowMs: number,
): number | undefined => {
  if (!outcome.ok) return shortMs
  const { status, retryAfter } = outcome.value
  if (status !== 429 && status < 500) return undefined
  const askedMs = retryAfter === undefined ? undefined : readRetryAfter(retryAfter, nowMs)
  if (askedMs === undefined) return shortMs
  return askedMs > longestPauseMs ? undefined : askedMs
}

/** Milliseconds from now (RFC 9110, 10.2.3): a number of seconds or a date. */
const readRetryAfter = (value: string, nowMs: number): number | undefined => {
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0)
}

const answerOf = (outcome: Result<Answer, unknown>, name: string): Answer => {
  if (outcome.ok) return outcome.value
  throw sourceFailed(`${name} does not answer${connectionCode(outcome.error)}.`)
}
