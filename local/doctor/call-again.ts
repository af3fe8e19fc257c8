import type { ChatFailure } from '../../lib/core/reply/chat-failure.ts'
import type { Result } from '../../lib/core/result.ts'
import type { Clock } from '../../lib/ports.ts'
import type { Answer } from './answer.ts'

/** What a call came to, as the program understands it and as the service said it. */
interface Called<T> {
  readonly result: Result<T, ChatFailure>
  readonly answer: Answer
}

/** Makes a call; again, a few times, where that is without any doubt. */
export type Call = <T>(make: () => Promise<Result<T, ChatFailure>>) => Promise<Called<T>>

const CALLS = 4
const CALL_AGAIN_MS = 1_000

/** Answers that mean that the call was not applied and may be made again. */
const passing: ReadonlySet<ChatFailure['reason']> = new Set(['tryAgain', 'slowDown', 'notSent'])

/** Calls that wait for a passing trouble to be over; `newest` gives the answer to the last one. */
export const callAgain =
  (newest: () => Answer, clock: Clock): Call =>
  async (make) => {
    for (let calls = 1; ; calls += 1) {
      const result = await make()
      const answer = newest()
      if (result.ok || calls === CALLS || !passing.has(result.error.reason)) {
        return { result, answer }
      }
      await clock.sleep(CALL_AGAIN_MS * calls)
    }
  }
