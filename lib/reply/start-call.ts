import { openingOf, spanOfCall } from '../core/reply/opening.ts'
import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import { callStarted } from '../core/reply/writing.ts'
import { checkpointOf, type Session } from './session.ts'

/**
 * Notes that a call starts, and returns when. What opens a message is recorded at the same time: were the writer to die before
 * the answer, its successor knows the message by its first chunk. The write goes out ahead of the call and is not waited for.
 */
export const startCall = (session: Session, plan: ChunkPlan): number => {
  const { deps, job, writing } = session
  const { message, sentChars } = writing.progress
  const startedAtMs = deps.clock.now()
  if (message.msgKey !== undefined) {
    session.writing = callStarted(writing, startedAtMs)
    return startedAtMs
  }
  const chunk = { text: plan.text, finish: plan.ends !== 'nothing' }
  const span = spanOfCall(deps.chatApi.clockOffset(), startedAtMs)
  session.writing = callStarted(writing, startedAtMs, openingOf(chunk, sentChars, span))
  const foreseen = job.foreseen?.(writing.progress)
  const isAsForeseen = foreseen?.text === plan.text && foreseen.ends === plan.ends
  // Of a call that was lost before this one, the record says nothing yet.
  const isForeseen = isAsForeseen && writing.failures === 0
  if (!isForeseen) job.lease.note(checkpointOf(session))
  return startedAtMs
}
