import { type Moment, openingOf, spanOfCall } from '../core/reply/opening.ts'
import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import { callStarted } from '../core/reply/writing.ts'
import { afterAnswered, afterFailed } from './after-call.ts'
import type { Checkpoint } from './lease.ts'
import { refreshText } from './look.ts'
import { foreseenPlan } from './recover.ts'
import { checkpointOf, type Session } from './session.ts'

/** Makes one call under a lease that covers it, and moves on by its answer. Without such a lease no call is made. */
export const call = async (session: Session, plan: ChunkPlan): Promise<void> => {
  const { deps, held, text } = session
  const { lease, waiting } = held
  const { from, to } = held.record.conversation
  const isRollingOver = !text.survivesItsWriter && plan.ends === 'message'
  if (isRollingOver) await announceRollover(session)
  if (!(await waiting.forLease())) return
  const start = noteStart(session, plan, isRollingOver)
  const { msgKey } = session.writing.progress.message
  const answering = deps.chatApi.sendChunk(
    {
      from,
      to,
      text: plan.text,
      finish: plan.ends !== 'nothing',
      ...(msgKey === undefined ? {} : { msgKey }),
    },
    undefined,
    lease.coversCall,
  )
  await waiting.during(answering)
  const answer = await answering
  refreshText(session)
  if (answer.ok) await afterAnswered(session, plan, msgKey ?? answer.value.msgKey, start)
  else await afterFailed(session, answer.error, plan, start)
}

/** Without it, the successor of a dead writer would take a finished message for the end of the text. */
const announceRollover = (session: Session): Promise<void> =>
  session.held.lease.save(rollingOver(checkpointOf(session)))

const rollingOver = (checkpoint: Checkpoint): Checkpoint => ({
  ...checkpoint,
  progress: { ...checkpoint.progress, rollingOver: true },
})

/**
 * Notes that a call starts, and returns when. What opens a message is recorded at the same time: were the writer to die before
 * the answer, its successor knows the message by its first chunk. The write goes out ahead of the call and is not waited for.
 */
const noteStart = (session: Session, plan: ChunkPlan, isRollingOver: boolean): Moment => {
  const { deps, held, text, writing } = session
  const { message, sentChars } = writing.progress
  const offset = deps.chatApi.clockOffset()
  const start = { atMs: deps.clock.now(), leaptMs: offset.leaptMs }
  if (message.msgKey !== undefined) {
    session.writing = callStarted(writing, start.atMs)
    return start
  }
  const chunk = { text: plan.text, finish: plan.ends !== 'nothing' }
  const opening = openingOf(chunk, sentChars, spanOfCall(offset, start))
  session.writing = callStarted(writing, start.atMs, opening)
  const unsent = text.knownAfter(writing.progress)
  const foreseen = unsent && foreseenPlan(session.settings, writing.progress, unsent)
  const isAsForeseen = foreseen?.text === plan.text && foreseen.ends === plan.ends
  // Of a call that was lost before this one, the record says nothing yet.
  const isForeseen = isAsForeseen && writing.failures === 0
  const checkpoint = checkpointOf(session)
  if (!isForeseen) held.lease.note(isRollingOver ? rollingOver(checkpoint) : checkpoint)
  return start
}
