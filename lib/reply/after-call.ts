import { afterFailure, ifItMakesSense } from '../core/reply/after-failure.ts'
import type { ChatFailure } from '../core/reply/chat-failure.ts'
import { type Moment, spanOfCall } from '../core/reply/opening.ts'
import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import type { MsgKey, ReplyFailure } from '../core/reply/reply.ts'
import {
  callDropped,
  callFailed,
  chunkApplied,
  counted,
  inWay,
  openingFailed,
  repeatLater,
  shrunk,
  withoutKeepAlive,
} from '../core/reply/writing.ts'
import { firstClusterLength } from '../core/text/graphemes.ts'
import type { WrittenMessage } from '../ports.ts'
import { endRefused } from './end-early.ts'
import { closeFull, leave, replaceLost } from './leave-message.ts'
import { settleDoubt } from './lost-call.ts'
import { noteProgress } from './note-progress.ts'
import { claimFor } from './persist.ts'
import { keysOf } from './repeat-call.ts'
import { checkpointOf, type Session } from './session.ts'
import { closesForGood, settleByRepeating } from './settle-by-repeating.ts'

/** How long the writer keeps trying to read a message back when the service refuses, in ms. */
const VERIFY_PATIENCE_MS = 30_000

/** Moves on after an answer that confirms a chunk. A message that another reply has already claimed stays with that reply. */
export const afterAnswered = async (
  session: Session,
  plan: ChunkPlan,
  written: WrittenMessage,
  start: Moment,
): Promise<void> => {
  const { msgKey } = written
  const isKnown = session.writing.progress.msgKeys.includes(msgKey)
  if (isKnown || (await isOurs(session, written))) {
    if (await closesForGood(session, plan)) return afterApplied(session, plan, msgKey, start)
    session.settled = false
    return
  }
  const nowMs = session.deps.clock.now()
  session.writing = repeatLater(callFailed(openingFailed(session.writing), nowMs), nowMs, false)
}

/** Claims a message under each of its names. It is not ours if another reply holds the first of them. */
const isOurs = async ({ deps, held }: Session, written: WrittenMessage): Promise<boolean> => {
  const { record, waiting } = held
  try {
    const owners = await Promise.all(
      keysOf(written).map((key) => claimFor(deps, record, key, waiting.pauseThroughStop)),
    )
    if (owners.includes('stopped')) held.lease.noteStop()
    return owners[0] !== 'other'
  } catch (error) {
    const { replyId } = record
    const { msgKey } = written
    deps.log.warn('message-not-claimed', { replyId, msgKey, error: String(error) })
    return true
  }
}

/** Moves on after a chunk was applied to a message of ours. The name of a new one is recorded before anything else happens. */
const afterApplied = async (
  session: Session,
  plan: ChunkPlan,
  msgKey: MsgKey | undefined,
  start: Moment,
): Promise<void> => {
  const { deps, held, text } = session
  const opened = msgKey !== undefined && !session.writing.progress.msgKeys.includes(msgKey)
  session.writing = chunkApplied(session.writing, plan, msgKey, deps.clock.now())
  text.take(plan.truncated ? text.pending().length : plan.taken)
  session.lag.applied(start.atMs, deps.clock.now(), text.pending() !== '')
  const finish = plan.ends !== 'nothing'
  deps.traceChunk?.({ replyId: held.record.replyId, msgKey, text: plan.text, finish })
  if (plan.truncated) logTruncated(session)
  if (session.writing.closed) return
  if (opened) await held.lease.save(checkpointOf(session))
  // A chunk whose call can be repeated is recorded with the next call.
  else if (text.whenIdle === 'wait' && session.writing.way.afterLostAnswer === 'readBack') {
    noteProgress(session, msgKey)
  }
}

const logTruncated = ({ deps, held, writing }: Session): void => {
  const { replyId } = held.record
  deps.log.warn('text-broken-off', { replyId, ...writing.ending.failure, error: '' })
}

/** Reacts to a failed call. Afterwards the chunk has been applied, is planned again, or is given up. */
export const afterFailed = async (
  session: Session,
  failure: ChatFailure,
  plan: ChunkPlan,
  start: Moment,
): Promise<void> => {
  const { deps, text } = session
  const { msgKey } = session.writing.progress.message
  logFailure(session, failure)
  if (failure.reason === 'slowDown' && failure.ofGroup !== true) deps.rateLimit?.slowedDown()
  if (failure.reason !== 'inDoubt') session.writing = callDropped(openingFailed(session.writing))
  session.writing = callFailed(session.writing, deps.clock.now())
  const reaction = ifItMakesSense(
    afterFailure(failure, session.writing.failures, deps.random()),
    {
      ...session.writing,
      opensMessage: msgKey === undefined,
      canShrink: plan.taken > firstClusterLength(text.pending()),
    },
    deps.random(),
  )
  switch (reaction.act) {
    case 'repeat': {
      const atMs = deps.clock.now() + reaction.afterMs
      session.writing = repeatLater(session.writing, atMs, reaction.slower)
      return
    }
    case 'shrink':
      session.writing = shrunk(session.writing, plan)
      return
    case 'settle':
      return session.writing.way.afterLostAnswer === 'repeat'
        ? repeat(session, plan, start)
        : settle(session, plan, start)
    case 'closeFull':
      return msgKey && closeFull(session, msgKey)
    case 'replaceLost':
      return msgKey && replaceLost(session, msgKey)
    case 'giveUp':
      return canGoOn(session, plan)
        ? undefined
        : giveUp(session, reaction.failure, reaction.moderated === true)
  }
}

/** True when the reply can continue without the call that the service refused. */
const canGoOn = (session: Session, plan: ChunkPlan): boolean => {
  if (plan.text === '') withoutSilence(session)
  const opensMessage = session.writing.progress.message.msgKey === undefined
  return plan.text === '' || (opensMessage && takesOtherWay(session))
}

/**
 * Does without empty chunks, which the service has refused: it no longer keeps a silent message open, and leaves one that it
 * cannot close for the service to close.
 */
const withoutSilence = (session: Session): void => {
  const { msgKey } = session.writing.progress.message
  if (session.writing.way.silence?.by === 'chunk')
    session.writing = withoutKeepAlive(session.writing)
  else if (msgKey !== undefined) leave(session, msgKey, true)
}

/** Switches to another way of writing, if the settings name one, because the message cannot be opened in the present way. */
const takesOtherWay = (session: Session): boolean => {
  const { settings, held, writing, deps } = session
  const { instead } = settings.ways
  const { conversation, replyId } = held.record
  const other = conversation.group === undefined ? instead?.user : instead?.group
  if (other === undefined || other.name === writing.way.name) return false
  deps.log.warn('way-replaced', { replyId, way: writing.way.name, by: other.name })
  session.writing = inWay(writing, settings, other)
  return true
}

/** Repeats a lost call until its outcome is known. */
const repeat = async (session: Session, plan: ChunkPlan, start: Moment): Promise<void> => {
  const settled = await settleByRepeating(session, plan)
  switch (settled.outcome) {
    case 'applied': {
      const { msgKey } = session.writing.progress.message
      return afterAnswered(session, plan, { ...settled.written, ...(msgKey && { msgKey }) }, start)
    }
    case 'refused':
      return afterFailed(session, settled.failure, plan, start)
    case 'done':
      return
  }
}

/** Ends the reply. If the service also refused the chunk that should have closed the message, closes it in another way. */
const giveUp = async (
  session: Session,
  failure: ReplyFailure,
  moderated: boolean,
): Promise<void> => {
  const { msgKey } = session.writing.progress.message
  if (session.endsEarly && msgKey !== undefined) await closeFull(session, msgKey)
  endRefused(session, failure, moderated)
}

const logFailure = ({ deps, held }: Session, failure: ChatFailure): void =>
  deps.log.info('call-failed', {
    replyId: held.record.replyId,
    reason: failure.reason,
    ...('code' in failure ? { code: failure.code } : {}),
  })

/** Finds out whether an unanswered call was applied; if that remains unknown, `IN_DOUBT` decides. */
const settle = async (session: Session, plan: ChunkPlan, start: Moment): Promise<void> => {
  const { deps, settings, held } = session
  const { lease, waiting, handOver } = held
  const { replyId, conversation } = held.record
  const lost = { atMs: deps.clock.now(), leaptMs: deps.chatApi.clockOffset().leaptMs }
  session.writing = counted(session.writing, 'lostAnswers')
  const { message, msgKeys } = session.writing.progress
  const settlement = await settleDoubt(
    deps,
    {
      replyId,
      conversation,
      message,
      msgKeys,
      text: plan.text,
      finish: plan.ends !== 'nothing',
      start,
      lost,
    },
    settings.inDoubt === 'verify' ? VERIFY_PATIENCE_MS : 0,
    waiting,
    handOver,
  )
  const { outcome } = settlement
  deps.log.warn('answer-lost', { replyId, outcome })
  if (outcome === 'applied') {
    if (settlement.isStopped) lease.noteStop()
    return afterApplied(session, plan, settlement.msgKey, start)
  }
  // Whatever the outcome, somebody looks again later for a message that the call may have opened.
  const span = spanOfCall(deps.chatApi.clockOffset(), start, lost)
  session.writing = openingFailed(session.writing, span)
  if (handOver.aborted || lease.lost()) {
    // The next writer will look again.
    session.settled = false
    return
  }
  if (outcome !== 'notApplied') session.writing = counted(session.writing, 'inDoubt')
  // A chunk that closes a message is never skipped: had it not been applied, the message would stay open.
  if (outcome === 'unknown' && settings.inDoubt === 'skip' && plan.ends === 'nothing') {
    return afterApplied(session, plan, message.msgKey, start)
  }
  session.writing = repeatLater(session.writing, deps.clock.now(), false)
}
