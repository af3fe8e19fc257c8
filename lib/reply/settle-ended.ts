import { OutOfReach } from '../core/out-of-reach.ts'
import { hasEnded, type ReplyId } from '../core/reply/reply.ts'
import { atOnce } from './at-once.ts'
import { isAddressed } from './read-back.ts'
import { closeTwins } from './twin.ts'
import type { WriterDeps } from './writer-deps.ts'

/** Replies that are looked at in one go, and how many of them at the same time: one that cannot be read takes seconds. */
const BATCH = 25
const AT_ONCE = 5
/** A reply that cannot be looked at now is left alone for as long as it has been so, and for no less than this, in ms. */
const LEAST_PAUSE_MS = 60_000
/** After so long a conversation that cannot be read is not asked for any more, in ms. */
const GIVE_UP_AFTER_MS = 3_600_000

/** What came of a look at an ended reply: nothing is left to look for, or it must wait until then. */
type Look = { readonly settled: true } | { readonly settled: false; readonly againAtMs: number }

/**
 * Looks once more at replies that ended while a lost call of theirs might still open a message, and closes what has come to
 * light. Those of a conversation that cannot be read now move to the end of the list, for an hour: none of them keeps others
 * waiting. Never rejects.
 */
export const settleEnded = async (deps: WriterDeps, signal: AbortSignal): Promise<void> => {
  const { store, clock, log } = deps
  const seen = new Set<ReplyId>()
  const settleOne = async (replyId: ReplyId) => {
    const look = await lookAt(deps, replyId, signal)
    if (look.settled) await store.settleEnded(replyId)
    else if (!signal.aborted) await store.settleEnded(replyId, look.againAtMs)
  }
  try {
    while (!signal.aborted) {
      // The list is a little behind what was written to it.
      const listed = await store.listUnsettled(clock.now(), BATCH + seen.size)
      const due = listed.filter((replyId) => !seen.has(replyId)).slice(0, BATCH)
      if (due.length === 0) return
      for (const replyId of due) seen.add(replyId)
      await atOnce(due, AT_ONCE, settleOne, signal)
    }
  } catch (error) {
    log.warn('ended-not-settled', { error: String(error) })
  }
}

const settled: Look = { settled: true }

const lookAt = async (deps: WriterDeps, replyId: ReplyId, signal: AbortSignal): Promise<Look> => {
  const { store, clock, log } = deps
  try {
    const record = await store.read(replyId)
    if (record === undefined || !hasEnded(record.status) || !isAddressed(record)) return settled
    const { looked } = await closeTwins(deps, record, signal)
    const agoMs = clock.now() - record.progress.lastCallAtMs
    if (looked || agoMs > GIVE_UP_AFTER_MS) return settled
    return { settled: false, againAtMs: clock.now() + Math.max(agoMs, LEAST_PAUSE_MS) }
  } catch (error) {
    if (error instanceof OutOfReach) throw error
    // A broken record names nothing to look for, and must not hold up the others.
    log.warn('ended-not-settled', { replyId, error: String(error) })
    return settled
  }
}
