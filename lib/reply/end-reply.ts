import type { Progress } from '../core/reply/reply.ts'
import type { Ending } from '../core/reply/writing.ts'
import type { HeldReply } from './held.ts'
import { persist } from './persist.ts'
import type { AddressedRecord } from './read-back.ts'
import { closeTwins, mayHaveTwins } from './twin.ts'
import type { WriterDeps } from './writer-deps.ts'

/** How long after its end a reply that may have left a message behind is checked once more, in ms. */
const LOOK_AGAIN_MS = 60_000

/** When the sweeper looks for messages that lost calls of an ended reply may have opened; empty where there can be none. */
export const lookAgain = (
  progress: Progress,
  nowMs: number,
): { readonly lookAgainAtMs?: number } =>
  mayHaveTwins(progress) ? { lookAgainAtMs: nowMs + LOOK_AGAIN_MS } : {}

/**
 * Records the end of a reply, after a look for messages that it may have opened unknowingly. Where one may still come to light,
 * the sweeper looks again. Rejects with `OutOfReach` when the store does not take the end as long as the lease and the time allow.
 */
export const endReply = async (
  deps: WriterDeps,
  { lease, waiting, handOver }: HeldReply,
  reply: Pick<AddressedRecord, 'replyId' | 'conversation' | 'epoch' | 'progress'>,
  ending: Ending,
): Promise<{ readonly written: 'ended' | 'superseded'; readonly progress: Progress }> => {
  const { store, clock } = deps
  const { replyId, epoch } = reply
  await lease.settled()
  const looking = closeTwins(deps, reply, handOver)
  if (mayHaveTwins(reply.progress)) await waiting.during(looking)
  const { progress } = await looking
  const written = await persist(
    () => store.end(replyId, epoch, { ...ending, progress, ...lookAgain(progress, clock.now()) }),
    waiting.pauseThroughStop,
  )
  return { written, progress }
}
