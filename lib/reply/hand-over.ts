import { attemptPauseMs, hasMovedOn } from '../core/reply/attempt.ts'
import type { InboxTaken, ReplyRecord } from '../core/reply/record.ts'
import type { Checkpoint } from './lease.ts'
import type { Receipt } from './receipt.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** What the writer saw and took of the reply's inbox. */
export interface SeenInbox {
  readonly pushes: number
  readonly taken?: InboxTaken
}

/** How long a pushed reply may wait for its next chunk before the sweeper closes it, in ms. */
export const WAITING_LIMIT_MS = 60_000

/** Releases the lease of a pushed reply that waits for its next chunk; `'news'` when chunks arrived that its writer has not seen. */
export const releaseLease = (
  { store, clock }: WriterDeps,
  { replyId, epoch }: ReplyRecord,
  { progress, ...checkpoint }: Checkpoint,
  pushes: number,
): Promise<'released' | 'news' | 'superseded'> =>
  store.release(replyId, epoch, {
    ...checkpoint,
    progress: { ...progress, settledEpoch: epoch },
    pushes,
    sweepAtMs: clock.now() + WAITING_LIMIT_MS,
  })

/** Releases the lease and asks the next invocation to continue. */
export const handOver = async (
  { store, queue, clock, log }: WriterDeps,
  { leaseMs }: WriterSettings,
  { replyId, epoch, conversation, attempt }: ReplyRecord,
  receipt: Receipt,
  { pushes, ...seen }: SeenInbox,
): Promise<Receipt> => {
  const progress = receipt.settled ? { ...receipt.progress, settledEpoch: epoch } : receipt.progress
  const movedOn = hasMovedOn(attempt, progress)
  const pauseMs = movedOn || attempt === undefined ? 0 : attemptPauseMs(attempt.count)
  const sweepAtMs = clock.now() + leaseMs + pauseMs
  const taken = { ...seen, ...(movedOn ? { movedOn } : {}) }
  const released = await store.release(replyId, epoch, { ...taken, progress, pushes, sweepAtMs })
  if (released === 'superseded') return receipt
  // New chunks have arrived, so the next writer may take the lease at once.
  if (released === 'news')
    await store.record(replyId, epoch, { ...taken, progress, leaseUntilMs: 1 })
  if (queue !== undefined && conversation !== undefined) {
    // If the queue cannot take the continuation, the sweeper finds the reply.
    await queue
      .continueLater({ replyId, conversation, epoch })
      .catch((error) => log.warn('not-handed-over', { replyId, error: String(error) }))
  }
  return receipt
}
