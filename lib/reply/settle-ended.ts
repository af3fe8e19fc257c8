import { OutOfReach } from '../core/out-of-reach.ts'
import { hasEnded, type ReplyId } from '../core/reply/reply.ts'
import { isAddressed } from './read-back.ts'
import type { WriterDeps } from './session.ts'
import { closeTwins } from './twin.ts'

/** Replies that are looked at in one sweep. */
const BATCH = 25
/** After so long a conversation that cannot be read is not asked for any more, in ms. */
const GIVE_UP_AFTER_MS = 3_600_000

/**
 * Looks once more at replies that ended while a lost call of theirs might still open a message, and closes what has come to
 * light. Those of a conversation that cannot be read now come up again with the next sweep, for an hour. Never rejects.
 */
export const settleEnded = async (deps: WriterDeps, signal: AbortSignal): Promise<void> => {
  const { store, clock, log } = deps
  try {
    for (const replyId of await store.listUnsettled(clock.now(), BATCH)) {
      if (signal.aborted) return
      if (await isSettled(deps, replyId, signal)) await store.settleEnded(replyId)
    }
  } catch (error) {
    log.warn('ended-not-settled', { error: String(error) })
  }
}

const isSettled = async (
  deps: WriterDeps,
  replyId: ReplyId,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    const record = await deps.store.read(replyId)
    if (record === undefined || !hasEnded(record.status) || !isAddressed(record)) return true
    const { looked } = await closeTwins(deps, record, signal)
    return looked || deps.clock.now() - record.progress.lastCallAtMs > GIVE_UP_AFTER_MS
  } catch (error) {
    if (error instanceof OutOfReach) throw error
    // A broken record says nothing that could be looked for, and shall not stand before the others.
    deps.log.warn('ended-not-settled', { replyId, error: String(error) })
    return true
  }
}
