import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import { nextMove, startWriting } from '../core/reply/writing.ts'
import type { RateLimit } from '../ports.ts'
import { afterAnswered, afterFailed } from './after-call.ts'
import { endWithoutText, noticeEnd } from './end-early.ts'
import { endReply } from './end-reply.ts'
import { lagMeter } from './lag-meter.ts'
import {
  checkpointOf,
  type Session,
  type WriteOutcome,
  type WriterDeps,
  type WriterSettings,
  type WriterSignals,
  type WritingJob,
} from './session.ts'
import { startCall } from './start-call.ts'

/** How long a call waits for the record of the one before it, in ms. */
const RECORD_PATIENCE_MS = 1_000

/**
 * Writes a reply to its end: one call in flight, text that arrives meanwhile merged into the next one, `Finish` on the last.
 * Records where it is as it goes, and stops at once where the right to write is gone. Never rejects for anything that the
 * service or the source does; rejects with `OutOfReach` when the store cannot take the end.
 */
export const writeReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  job: WritingJob,
  signals: WriterSignals,
): Promise<WriteOutcome> => {
  const session: Session = {
    deps,
    settings,
    job,
    signals,
    writing: startWriting(job.progress, settings),
    endsEarly: false,
    settled: true,
    lag: lagMeter(),
  }
  const prepared = preparation(session)
  for (;;) {
    if (job.lease.lost()) return stop(session, 'superseded')
    // Looked at first: what ends the reply makes its text short, and the next writer must know its own text again.
    if (signals.handOver.aborted && !session.writing.closed) {
      await job.lease.settled()
      return stop(session, 'handedOver')
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
  const { queue, holdBack, wake } = session.job
  const inHand = { pending: queue.pending(), ended: queue.ended(), holdBack }
  if (inHand.pending !== '') session.lag.waiting(session.deps.clock.now())
  const move = nextMove(session.writing, inHand, session.deps.clock.now())
  switch (move.act) {
    case 'call':
      if (await prepared(move.plan)) await call(session, move.plan)
      return undefined
    case 'wait':
      await wake.letPass(move.ms)
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

/**
 * What must be had before a call, a step at a time: the record of the call before it, its place in the rateLimit, then a look at the record where the text comes by
 * way of it. After each step the text in hand may be another, so the call is planned anew. True when nothing is missing.
 */
const preparation = (session: Session): ((plan: ChunkPlan) => Promise<boolean>) => {
  const { deps, job, signals } = session
  // The record was read a moment ago.
  let has = { slot: job.hasSlot, look: true, waited: false }

  return async ({ ends }) => {
    if (!has.waited && job.pulled === undefined && job.lease.isBehind()) {
      has.waited = true
      await untilRecorded(session)
      return false
    }
    if (deps.rateLimit !== undefined && !has.slot) {
      const edge = session.writing.progress.calls === 0 || ends === 'reply'
      has.slot = edge
        ? await deps.rateLimit.slot('edge', signals.handOver)
        : await middleSlot(session, deps.rateLimit)
      return false
    }
    if (!has.look) {
      await job.lease.save(checkpointOf(session))
      has.look = true
      return false
    }
    has = { slot: false, look: job.pulled === undefined, waited: false }
    return true
  }
}

/**
 * Were a writer to die, whatever it had not recorded would be in doubt where messages cannot be read back: so it is one chunk
 * ahead of its record, and no more. A table out of reach may delay a call, but not keep it from being made.
 */
const untilRecorded = async ({ job, deps }: Session): Promise<void> => {
  const recorded = new AbortController()
  const caughtUp = job.lease.caughtUp().then(() => recorded.abort('over'))
  await Promise.race([caughtUp, deps.clock.sleep(RECORD_PATIENCE_MS, recorded.signal)])
}

/** Waits for a place among the others, unless the text ends meanwhile: the last call goes ahead of them. */
const middleSlot = async (
  { job: { queue, wake }, signals }: Session,
  rateLimit: RateLimit,
): Promise<boolean> => {
  const leaving = new AbortController()
  const endedBefore = queue.ended()
  let answered = false
  const slot = rateLimit.slot('middle', leaving.signal).finally(() => {
    answered = true
    wake.ring()
  })
  while (!answered) {
    await wake.wait()
    if (signals.handOver.aborted || (queue.ended() && !endedBefore)) leaving.abort()
  }
  return slot
}

const call = async (session: Session, plan: ChunkPlan): Promise<void> => {
  const { deps, job, signals } = session
  if (job.textDies && plan.ends === 'message') await announceRollover(session)
  if (!(await job.lease.mayCall(signals.handOver))) return
  const startedAtMs = startCall(session, plan)
  const { msgKey } = session.writing.progress.message
  const answer = await deps.chatApi.sendChunk({
    from: job.conversation.from,
    to: job.conversation.to,
    text: plan.text,
    finish: plan.ends !== 'nothing',
    ...(msgKey === undefined ? {} : { msgKey }),
  })
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
  const { pulled, lease, wake } = session.job
  if (pulled !== undefined) {
    const left = (await pulled.onIdle(checkpointOf(session))) === 'leave'
    return left ? stop(session, 'released') : undefined
  }
  lease.renewAndPoll()
  await wake.wait(lease.pollInMs())
  return undefined
}

const end = async (session: Session): Promise<WriteOutcome> => {
  const { deps, job, writing } = session
  const { ending } = writing
  job.queue.close()
  await job.lease.settled()
  const reply = { ...job, epoch: job.lease.epoch, progress: checkpointOf(session).progress }
  const { written, progress } = await endReply(deps, reply, ending, session.signals.handOver)
  if (written !== 'ended') return stop(session, 'superseded')
  return { how: 'ended', ending, progress, lagMs: session.lag.longestMs() }
}

const stop = (session: Session, how: Exclude<WriteOutcome['how'], 'ended'>): WriteOutcome => ({
  how,
  progress: checkpointOf(session).progress,
  settled: session.settled,
})
