import { type Moment, openingOf, spanOfCall } from '../core/reply/opening.ts'
import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import type { Opening } from '../core/reply/reply.ts'
import { callPrepared, callStarted, type Writing } from '../core/reply/writing.ts'
import type { Checkpoint } from './lease.ts'
import { foreseenPlan } from './recover.ts'
import { checkpointOf, type Session } from './session.ts'

/** What is remembered of a call that starts now; `undefined` where it does not open a message. */
const openingBy = (session: Session, plan: ChunkPlan, start: Moment): Opening | undefined => {
  const { message, sentChars } = session.writing.progress
  if (message.msgKey !== undefined) return undefined
  const chunk = { text: plan.text, finish: plan.ends !== 'nothing' }
  return openingOf(chunk, sentChars, spanOfCall(session.deps.chatApi.clockOffset(), start))
}

/** The writing after a call has started; one that can be repeated is known whole. */
export const beginning = (session: Session, plan: ChunkPlan, start: Moment): Writing => {
  const { writing } = session
  return writing.way.afterLostAnswer === 'repeat'
    ? callStarted(callPrepared(writing, plan, start.atMs), start.atMs)
    : callStarted(writing, start.atMs, openingBy(session, plan, start))
}

/** A call that was noted before it was made. */
interface Noted {
  readonly plan: ChunkPlan
  readonly start: Moment
  /** Where in the reply's own text it begins. */
  readonly atChars: number
}

const checkpointWith = (session: Session, { plan, start }: Noted): Checkpoint => {
  const writing = beginning(session, plan, start)
  return checkpointOf({ ...session, writing })
}

/** What was noted, where it is the plan or the beginning of it; each goes on, or each ends the same. */
const instead = (plan: ChunkPlan, noted: ChunkPlan): ChunkPlan | undefined => {
  if (noted.ends !== plan.ends) return undefined
  if (noted.text === plan.text) return plan
  return plan.ends === 'nothing' && plan.text.startsWith(noted.text) ? noted : undefined
}

/**
 * The record tells by which chunk a message is opened before it is: were the writer to die before the answer, its successor
 * knows the message by that chunk, and opens no second one. A text that is known tells it by itself. Of a way whose calls can
 * be repeated each call is noted, and its successor makes it again.
 */
export const openingNote = (session: Session) => {
  const { deps, held, text } = session
  let noted: Noted | undefined
  let isStored = false

  const isForeseen = (plan: ChunkPlan): boolean => {
    const { writing, settings } = session
    // Of a call that was lost before this one, the record says nothing yet.
    if (writing.failures > 0) return false
    const unsent = text.knownAfter(writing.progress)
    const foreseen = unsent && foreseenPlan(settings, writing.progress, unsent)
    return foreseen?.text === plan.text && foreseen.ends === plan.ends
  }

  /** What can be repeated is noted each time: no other call may ever be made in its place. */
  const isNeeded = (plan: ChunkPlan): boolean => {
    const { way, progress } = session.writing
    if (way.afterLostAnswer === 'repeat') return true
    return progress.message.msgKey === undefined && !isForeseen(plan)
  }

  return {
    /** The call that may be made now in place of `plan`: it, or the one that is noted, whose text it goes on. */
    covered(plan: ChunkPlan): ChunkPlan | undefined {
      const { sentChars } = session.writing.progress
      if (!isNeeded(plan)) return plan
      return isStored && noted?.atChars === sentChars ? instead(plan, noted.plan) : undefined
    },
    /** What is recorded now, with the note where there is one. */
    checkpoint: (): Checkpoint =>
      noted === undefined ? checkpointOf(session) : checkpointWith(session, noted),
    /** Tries to record the note, and waits for that; false where the table did not take it. */
    async make(plan: ChunkPlan): Promise<boolean> {
      const { clock, chatApi } = deps
      const start = { atMs: clock.now(), leaptMs: chatApi.clockOffset().leaptMs }
      const { sentChars } = session.writing.progress
      noted = { plan, start, atChars: sentChars }
      isStored = false
      await held.lease.save(checkpointWith(session, noted))
      isStored = !held.lease.isBehind()
      return isStored
    },
    /** The call is made: what comes next is noted anew. */
    used(): void {
      noted = undefined
      isStored = false
    },
  }
}
