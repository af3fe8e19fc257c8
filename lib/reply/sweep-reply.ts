import { OutOfReach } from '../core/out-of-reach.ts'
import { type Attempt, MAX_ATTEMPTS, nextAttempt } from '../core/reply/attempt.ts'
import { unsentProgress } from '../core/reply/message.ts'
import type { Orphan, ReplyRecord } from '../core/reply/record.ts'
import type { ReplyId } from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import { endPoisoned, endUnwritten } from './end-poisoned.ts'
import { handOver } from './hand-over.ts'
import type { Receipt } from './receipt.ts'
import { continueReply } from './resume.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/**
 * Takes over an orphan and continues it; a reply that is typed at a rate, or whose source can go on, goes to the queue first,
 * if there is one. The attempt counts whatever happens next, because it is recorded with the lease. After too many attempts the
 * reply ends as `poisoned`. `undefined` when another writer has the reply. Rejects when the record, or what it asks for, makes
 * continuing impossible.
 */
export const sweepReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  replyId: ReplyId,
  orphan: Orphan,
  signals: InvocationSignals,
): Promise<Receipt | undefined> => {
  const nowMs = deps.clock.now()
  const attempt = nextAttempt(orphan.attempt, orphan.sentChars)
  const closings = attempt.count - MAX_ATTEMPTS
  const times = { nowMs, leaseUntilMs: nowMs + settings.leaseMs, attempt }
  const taken = await deps.store
    .takeOver(replyId, times)
    .catch((error: unknown) => endUnreadable(deps, replyId, attempt, error))
  if ('how' in taken) return taken
  if (taken.outcome !== 'taken') return undefined

  const { record } = taken
  if (closings > 0) return endPoisoned(deps, settings, record, closings, signals.handOver)
  if (isForQueue(deps, record, attempt)) {
    return handOver(deps, settings, record, untouched(record), { pushes: record.inbox.pushes })
  }
  return continueReply(deps, settings, record, signals, { sweeping: true })
}

/** How often the worker, which alone has the source, is asked to continue a turn before a notice closes it. */
const TURN_HANDED_OVER = 3

/**
 * Typing a text takes as long as its rate demands, and the sweeper would do nothing else. A reply that the sweeper finds again
 * has not moved on in the queue: after its worker is killed, a queue holds a conversation back for minutes. The lease keeps
 * sweeper and worker apart.
 */
const isForQueue = (
  { queue }: WriterDeps,
  { conversation, charsPerSecond, turn }: ReplyRecord,
  { count }: Attempt,
): boolean => {
  if (queue === undefined || conversation === undefined) return false
  if (turn !== undefined) return count <= TURN_HANDED_OVER
  return charsPerSecond !== undefined && count === 1
}

const untouched = ({ replyId, progress }: ReplyRecord): Receipt => ({
  replyId,
  progress,
  how: 'handedOver',
  status: 'open',
  // Nobody has yet looked for the call during which its last writer died.
  settled: false,
})

/** The lease was taken, but what came with it cannot be read as a record: nothing says which message to close. */
const endUnreadable = async (
  deps: WriterDeps,
  replyId: ReplyId,
  { count }: Attempt,
  error: unknown,
): Promise<Receipt> => {
  if (error instanceof OutOfReach || count <= MAX_ATTEMPTS) throw error
  const now = await deps.store.readOrphan(replyId)
  if (now?.attempt?.count !== count) throw error
  const progress = unsentProgress(deps.clock.now())
  return endUnwritten(deps, { replyId, epoch: now.epoch, progress })
}
