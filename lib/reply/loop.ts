import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import { atOnce, nextMove, startWriting } from '../core/reply/writing.ts'
import { afterAnswered, afterFailed } from './after-call.ts'
import { endWithoutText, noticeEnd } from './end-early.ts'
import { endReply } from './end-reply.ts'
import { lagMeter } from './lag-meter.ts'
import { preparation } from './prepare-call.ts'
import {
  checkpointOf,
  type Session,
  type WriteOutcome,
  type WriterDeps,
  type WriterSettings,
  type WritingJob,
} from './session.ts'
import { startCall } from './start-call.ts'

/**
 * Writes a reply to its end: one call in flight, text that arrives meanwhile merged into the next one, `Finish` on the last.
 * Records where it is as it goes, and stops at once where the right to write is gone. Never rejects for anything that the
 * service or the source does; rejects with `OutOfReach` when the store cannot take the end.
 */
export const writeReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  job: WritingJob,
  handOver: AbortSignal,
): Promise<WriteOutcome> => {
  const session: Session = {
    deps,
    settings,
    job,
    handOver,
    writing: startWriting(job.progress, settings),
    endsEarly: false,
    settled: true,
    lag: lagMeter(),
  }
  const prepared = preparation(session)
  for (;;) {
    if (job.lease.lost()) return stop(session, 'superseded')
    // Looked at first: what ends the reply makes its text short, and the next writer must know its own text again.
    if (handOver.aborted && !session.writing.closed) {
      await job.lease.settled()
      return stop(session, 'handedOver')
    }
    if (job.waiting.ends() === 'stopped') {
      session.writing = atOnce(session.writing)
      job.waiting.noticeStop()
    }
    noticeEnd(session)
    const outcome = await step(session, prepared)
    if (outcome !== undefined) return outcome
  }
}

/** Makes the next move; the outcome, once there is one. */
const step = async (
  session: Session,
  prepared: (plan: ChunkPlan) => Promise<boolean>,
): Promise<WriteOutcome | undefined> => {
  const { queue, holdBack, waiting } = session.job
  const inHand = { pending: queue.pending(), ended: queue.ended(), holdBack }
  if (inHand.pending !== '') session.lag.waiting(session.deps.clock.now())
  const move = nextMove(session.writing, inHand, session.deps.clock.now())
  switch (move.act) {
    case 'call':
      if (await prepared(move.plan)) await call(session, move.plan)
      return undefined
    case 'wait':
      await waiting.forChange('allButText', move.ms)
      return undefined
    case 'idle':
      return idle(session)
    case 'noText':
      endWithoutText(session)
      return undefined
    case 'end':
      return end(session)
    case 'unreachable':
      return stop(session, 'unreachable')
  }
}

const call = async (session: Session, plan: ChunkPlan): Promise<void> => {
  const { deps, job } = session
  if (job.textDies && plan.ends === 'message') await announceRollover(session)
  if (!(await job.waiting.forLease())) return
  const startedAtMs = startCall(session, plan)
  const { msgKey } = session.writing.progress.message
  const answering = deps.chatApi.sendChunk(
    {
      from: job.conversation.from,
      to: job.conversation.to,
      text: plan.text,
      finish: plan.ends !== 'nothing',
      ...(msgKey === undefined ? {} : { msgKey }),
    },
    undefined,
    job.lease.coversCall,
  )
  await job.waiting.during(answering)
  const answer = await answering
  if (answer.ok) await afterAnswered(session, plan, msgKey ?? answer.value.msgKey, startedAtMs)
  else await afterFailed(session, answer.error, plan, startedAtMs)
}

/** Without it, a finished message would look like the end of the text to whoever follows a dead writer. */
const announceRollover = (session: Session): Promise<void> => {
  const checkpoint = checkpointOf(session)
  return session.job.lease.save({
    ...checkpoint,
    progress: { ...checkpoint.progress, rollingOver: true },
  })
}

/** Nothing may be sent until more text comes. */
const idle = async (session: Session): Promise<WriteOutcome | undefined> => {
  const { pulled, waiting } = session.job
  if (pulled !== undefined) {
    const left = (await pulled.onIdle(checkpointOf(session))) === 'leave'
    return left ? stop(session, 'released') : undefined
  }
  await waiting.forChange('text')
  return undefined
}

const end = async (session: Session): Promise<WriteOutcome> => {
  const { deps, job, writing } = session
  const { ending } = writing
  job.queue.close()
  await job.lease.settled()
  const reply = { ...job, epoch: job.lease.epoch, progress: checkpointOf(session).progress }
  const holding = { waiting: job.waiting, handOver: session.handOver }
  const { written, progress } = await endReply(deps, reply, ending, holding)
  if (written !== 'ended') return stop(session, 'superseded')
  return { how: 'ended', ending, progress, lagMs: session.lag.longestMs() }
}

const stop = (session: Session, how: Exclude<WriteOutcome['how'], 'ended'>): WriteOutcome => ({
  how,
  progress: checkpointOf(session).progress,
  settled: session.settled,
})
