import type { ChatFailure } from '../core/reply/chat-failure.ts'
import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import {
  callsRepeated,
  endedByService,
  mayBeUndoneForMs,
  repeatableLost,
} from '../core/reply/repeated.ts'
import { callDropped, counted } from '../core/reply/writing.ts'
import type { WrittenMessage } from '../ports.ts'
import { repeatCall } from './repeat-call.ts'
import type { Session } from './session.ts'

/** What is left to do once a lost call is known. */
export type SettledCall =
  | { readonly outcome: 'applied'; readonly written: WrittenMessage }
  | { readonly outcome: 'refused'; readonly failure: ChatFailure }
  | { readonly outcome: 'done' }

/** Finds out what became of a lost call by making it again. */
export const settleByRepeating = async (
  session: Session,
  plan: ChunkPlan,
): Promise<SettledCall> => {
  const { deps, held } = session
  const { replyId } = held.record
  session.writing = repeatableLost(session.writing, deps.clock.now())
  const repeated = await repeat(session)
  deps.log.warn('answer-lost', { replyId, outcome: repeated.outcome })
  switch (repeated.outcome) {
    case 'applied':
      if (!repeated.isCertain) session.writing = counted(session.writing, 'inDoubt')
      return { outcome: 'applied', written: repeated.written }
    case 'notApplied':
      if (repeated.isCertain === false) session.writing = counted(session.writing, 'inDoubt')
      session.writing = callDropped(session.writing)
      return repeated.failure === undefined
        ? { outcome: 'done' }
        : { outcome: 'refused', failure: repeated.failure }
    case 'closed': {
      if (!repeated.isCertain) session.writing = counted(session.writing, 'inDoubt')
      const nowMs = deps.clock.now()
      session.writing = endedByService(session.writing, plan, repeated.applied, nowMs)
      if (repeated.applied) session.text.take(plan.taken)
      return { outcome: 'done' }
    }
    case 'unknown':
      session.settled = false
      return { outcome: 'done' }
  }
}

const repeat = async (session: Session) => {
  const { deps, settings, held, writing } = session
  const { progress, way } = writing
  const { underWay } = progress
  if (underWay === undefined) return { outcome: 'notApplied', calls: 0 } as const
  const repeated = await repeatCall(deps, settings, held, { way, progress, call: underWay })
  session.writing = callsRepeated(session.writing, repeated, deps.clock.now())
  return repeated
}

/**
 * Where a lost call may still be applied, and undo what is written after it, the call that closes the message is made once more
 * when that is over. False where nobody could find out: then the message may be open.
 */
export const closesForGood = async (session: Session, plan: ChunkPlan): Promise<boolean> => {
  const { deps, held, writing } = session
  const leftMs = mayBeUndoneForMs(writing, deps.clock.now())
  if (leftMs === 0 || plan.ends === 'nothing') return true
  if (!(await held.waiting.pauseThroughStop(leftMs))) return false
  return (await repeat(session)).outcome === 'applied'
}
