import { callOf } from '../core/reply/chat-calls.ts'
import type { Moment } from '../core/reply/opening.ts'
import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import { afterAnswered, afterFailed } from './after-call.ts'
import { refreshText } from './look.ts'
import { beginning } from './note-opening.ts'
import type { Prepared } from './prepare-call.ts'
import type { Session } from './session.ts'

/** Once somebody has pressed Stop, the writer gives up on a call that has gone unanswered for this long, in ms. */
const HANGS_AFTER_MS = 1_000

/** Makes a prepared call and acts on its answer. */
export const call = async (session: Session, { plan, isInTime }: Prepared): Promise<void> => {
  const { deps, held } = session
  const { lease, waiting } = held
  const start = noteStart(session, plan)
  const { way, progress } = session.writing
  const { msgKey } = progress.message
  const chunk = { text: plan.text, finish: plan.ends !== 'nothing' }
  const givenUp = new AbortController()
  const answering = deps.chatApi.sendChunk(
    callOf({ ...held.record, progress }, way, chunk),
    givenUp.signal,
    () => lease.coversCall() && isInTime(),
  )
  const hangs = () => deps.clock.now() - start.atMs >= HANGS_AFTER_MS
  await waiting.during(answering, { isOver: () => waiting.ends() === 'stopped' && hangs() })
  // A call given up this way is settled like any lost answer. One that was answered is unaffected.
  givenUp.abort('over')
  const answer = await answering
  refreshText(session)
  if (!answer.ok) return afterFailed(session, answer.error, plan, start)
  const written = msgKey === undefined ? answer.value : { msgKey }
  return afterAnswered(session, plan, written, start)
}

const noteStart = (session: Session, plan: ChunkPlan): Moment => {
  const { clock, chatApi } = session.deps
  const start = { atMs: clock.now(), leaptMs: chatApi.clockOffset().leaptMs }
  session.writing = beginning(session, plan, start)
  return start
}
