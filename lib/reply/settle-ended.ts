import { hasEnded, type ReplyId } from '../core/reply/reply.ts'
import { isAddressed } from './found.ts'
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
  try {
    for (const replyId of await deps.store.listUnsettled(deps.clock.now(), BATCH)) {
      if (signal.aborted) return
      if (await isSettled(deps, replyId, signal)) await deps.store.settleEnded(replyId)
    }
  } catch (error) {
    deps.log.warn('ended-not-settled', { error: String(error) })
  }
}

const isSettled = async (
  deps: WriterDeps,
  replyId: ReplyId,
  signal: AbortSignal,
): Promise<boolean> => {
  const record = await deps.store.read(replyId)
  if (record === undefined || !hasEnded(record.status) || !isAddressed(record)) return true
  const { looked } = await closeTwins(deps, record, signal)
  return looked || deps.clock.now() - record.progress.lastCallAtMs > GIVE_UP_AFTER_MS
}
