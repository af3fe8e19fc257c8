import { twinOpenings } from '../core/reply/opening.ts'
import type { Conversation, Progress, ReplyId } from '../core/reply/reply.ts'
import type { Ending } from '../core/reply/writing.ts'
import { persist } from './persist.ts'
import type { WriterDeps } from './session.ts'
import { closeTwins } from './twin.ts'

/** When a reply that may have left a message behind is looked at once more after its end, in ms. */
const LOOK_AGAIN_MS = 60_000

interface EndingReply {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly epoch: number
  readonly progress: Progress
}

/**
 * Records the end of a reply, after a look for messages that it may have opened unknowingly. Where one may still come to light,
 * the sweeper looks again. Rejects with `OutOfReach` when the store does not take the end until `signal` aborts.
 */
export const endReply = async (
  deps: WriterDeps,
  reply: EndingReply,
  ending: Ending,
  signal: AbortSignal,
): Promise<{ readonly written: 'ended' | 'superseded'; readonly progress: Progress }> => {
  const { store, clock } = deps
  const { replyId, epoch } = reply
  const { progress } = await closeTwins(deps, reply, signal)
  const mayComeToLight = twinOpenings(progress).length > 0
  const lookAgain = mayComeToLight ? { lookAgainAtMs: clock.now() + LOOK_AGAIN_MS } : {}
  const pause = async (ms: number) => {
    await clock.sleep(ms, signal)
    return !signal.aborted
  }
  const written = await persist(
    () => store.end(replyId, epoch, { ...ending, progress, ...lookAgain }),
    pause,
  )
  return { written, progress }
}
