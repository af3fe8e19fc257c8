import type { Bell } from './bell.ts'
import { afterFailure, ifItMakesSense, isModerated } from './core/after-failure.ts'
import type { ChatFailure } from './core/chat-failure.ts'
import { advanceFence } from './core/fence.ts'
import { firstClusterLength } from './core/graphemes.ts'
import { type Notices, noticeAfter } from './core/notice.ts'
import type { ChunkPlan } from './core/plan-chunk.ts'
import type { Conversation, MsgKey, Progress, ReplyFailure, ReplyId } from './core/reply.ts'
import {
  abandonMessage,
  callFailed,
  callStarted,
  chunkApplied,
  counted,
  type Ending,
  nextMove,
  repeatLater,
  shrunk,
  startWriting,
} from './core/writing.ts'
import type { DeltaQueue } from './delta-queue.ts'
import type { ChatApi, Clock, Log, ReplyStore } from './ports.ts'
import type { Entry, ReplyPen } from './reply-pen.ts'
import { closeByOverwriting, readMessage } from './rescue-message.ts'
import { settleDoubt } from './settle-doubt.ts'

export interface WriterDeps {
  readonly chatApi: ChatApi
  readonly store: ReplyStore
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly log: Log
}

export interface WriterSettings {
  /** Least time between the starts of two calls of one reply, in ms. */
  readonly minGapMs: number
  /** Encoded size at which a message is full, in bytes. */
  readonly messageBytes: number
  readonly leaseMs: number
  /** What to do with a chunk of which nobody can say whether it was applied. */
  readonly inDoubt: 'verify' | 'resend' | 'skip'
  readonly notices: Notices
}

export interface WriterSignals {
  /** Aborts when the invocation must stop: the reply stays open for the next one. */
  readonly handOver: AbortSignal
  /** Aborts when somebody stops the reply: its message is closed. */
  readonly interrupt: AbortSignal
}

/** A reply and the means to write it. */
export interface WritingJob {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly progress: Progress
  readonly queue: DeltaQueue
  readonly pen: ReplyPen
  readonly bell: Bell
  /** False when each pending text is known to end at a cluster's end. */
  readonly holdBack: boolean
  /** What is recorded with the progress. */
  readonly entry: (progress: Progress) => Entry
  /** Nothing may be sent until more text comes: whether to wait for it. */
  readonly onIdle?: (entry: Entry) => Promise<'wait' | 'stop'>
}

export type WriteOutcome =
  | { readonly how: 'ended'; readonly ending: Ending; readonly progress: Progress }
  | {
      /** `unreachable`: the service took nothing for two minutes. In each case the reply stays open. */
      readonly how: 'handedOver' | 'released' | 'superseded' | 'unreachable'
      readonly progress: Progress
    }

/** How long reading back is tried when the service does not let us read, in ms. */
const VERIFY_PATIENCE_MS = 30_000

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
  const { chatApi, clock, log } = deps
  const { replyId, conversation, queue, pen, bell } = job
  let writing = startWriting(job.progress, settings)
  let ended = false

  const entry = () => job.entry(writing.progress)
  const stop = (how: Exclude<WriteOutcome['how'], 'ended'>): WriteOutcome => ({
    how,
    progress: entry().progress,
  })

  /** From here on only what `rest` makes of the unsent text will be sent. */
  const endEarly = (ending: Ending, rest: (unsent: string) => string) => {
    if (ended) return
    ended = true
    writing = { ...writing, ending }
    queue.endWith(rest)
  }
  const withNotice = (notice: string) => (unsent: string) => {
    const { message } = writing.progress
    const fence = advanceFence(message.fence, message.reopen + unsent)
    return unsent + noticeAfter(fence, message.chars + unsent.length > 0, notice)
  }
  const fail = (failure: ReplyFailure) =>
    endEarly({ status: 'failed', failure }, withNotice(settings.notices.failed))

  const interrupt = () => {
    const { message, msgKeys } = writing.progress
    endEarly({ status: 'interrupted' }, (unsent) => {
      if (message.chars === 0 && msgKeys.length > 0) return ''
      const last = unsent.slice(0, firstClusterLength(unsent))
      return last === '' ? withNotice(settings.notices.interrupted)('') : last
    })
  }
  const noticeEvents = () => {
    if (pen.cancelRequested() || signals.interrupt.aborted) interrupt()
    const failure = queue.failure()
    if (failure === undefined) return
    log.warn('source-failed', { replyId, error: String(failure.error) })
    fail({ reason: 'source-failed', detail: 'The source of the reply failed before its end.' })
  }
  const noText = () => {
    const shown = writing.progress.msgKeys.length > 0
    const { empty, failed } = settings.notices
    queue.endWith(() => withNotice(shown ? failed : empty)(''))
  }

  const applied = async (plan: ChunkPlan, msgKey: MsgKey | undefined) => {
    const opened = msgKey !== undefined && !writing.progress.msgKeys.includes(msgKey)
    writing = chunkApplied(writing, plan, msgKey, clock.now())
    queue.take(plan.truncated ? queue.pending().length : plan.taken)
    if (writing.closed) return
    if (opened) await Promise.all([pen.save(entry()), claim(msgKey)])
    else pen.note(entry())
  }
  const claim = async (msgKey: MsgKey) => {
    try {
      const owner = await deps.store.claimMessage(msgKey, replyId)
      if (owner === 'other') log.warn('message-claimed-by-other', { replyId, msgKey })
    } catch (error) {
      log.warn('message-not-claimed', { replyId, msgKey, error: String(error) })
    }
  }

  const settle = async (plan: ChunkPlan, startedAtMs: number) => {
    writing = counted(writing, 'lostAnswers')
    const settlement = await settleDoubt(
      deps,
      {
        replyId,
        conversation,
        message: writing.progress.message,
        msgKeys: writing.progress.msgKeys,
        text: plan.text,
        finish: plan.ends !== 'nothing',
        startedAtMs,
      },
      settings.inDoubt === 'verify' ? VERIFY_PATIENCE_MS : 0,
      signals.handOver,
    )
    log.warn('answer-lost', { replyId, outcome: settlement.outcome })
    if (settlement.outcome === 'applied') return applied(plan, settlement.msgKey)
    // The next invocation will look again.
    if (signals.handOver.aborted) return undefined

    if (settlement.outcome !== 'notApplied') writing = counted(writing, 'inDoubt')
    if (settlement.outcome === 'unknown' && settings.inDoubt === 'skip') {
      return applied(plan, writing.progress.message.msgKey)
    }
    writing = repeatLater(writing, clock.now(), false)
    return undefined
  }

  /** The service takes not one more character. */
  const closeFull = async (msgKey: MsgKey) => {
    const shown = await readMessage(chatApi, conversation, msgKey)
    leaveMessage(
      msgKey,
      shown !== undefined && (await closeByOverwriting(chatApi, conversation, shown)),
    )
  }
  /** The service says that it does not know the message. */
  const replaceLost = async (msgKey: MsgKey) => {
    const shown = await readMessage(chatApi, conversation, msgKey)
    if (shown === undefined) return leaveMessage(msgKey, true)
    if (shown.finished) return leaveMessage(msgKey, true)
    // It is there: perhaps only that answer was wrong.
    if (writing.failures === 1) writing = repeatLater(writing, clock.now(), false)
    else leaveMessage(msgKey, await closeByOverwriting(chatApi, conversation, shown))
    return undefined
  }
  const leaveMessage = (msgKey: MsgKey, closed: boolean) => {
    log.warn(closed ? 'message-left' : 'message-left-open', { replyId, msgKey })
    writing = abandonMessage(writing)
  }
  const refused = (failure: ReplyFailure) => {
    log.warn('refused', { replyId, code: failure.code, detail: failure.detail })
    const { message } = writing.progress
    // A second refusal is the last word; so is one where no message waits to be closed.
    const worthClosing = !ended && (message.chars > 0 || isModerated(failure))
    endEarly({ status: 'failed', failure }, () =>
      worthClosing ? withNotice(settings.notices.failed)('') : '',
    )
    if (!worthClosing) writing = { ...writing, closed: true }
  }
  const react = async (failure: ChatFailure, plan: ChunkPlan, startedAtMs: number) => {
    const { msgKey } = writing.progress.message
    writing = callFailed(writing, clock.now())
    const reaction = ifItMakesSense(
      afterFailure(failure, writing.failures, deps.random()),
      {
        ...writing,
        opensMessage: msgKey === undefined,
        canShrink: plan.taken > firstClusterLength(queue.pending()),
      },
      deps.random(),
    )
    switch (reaction.act) {
      case 'repeat':
        writing = repeatLater(writing, clock.now() + reaction.afterMs, reaction.slower)
        return undefined
      case 'shrink':
        writing = shrunk(writing, plan)
        return undefined
      case 'settle':
        return settle(plan, startedAtMs)
      case 'closeFull':
        return msgKey && closeFull(msgKey)
      case 'replaceLost':
        return msgKey && replaceLost(msgKey)
      case 'giveUp':
        return refused(reaction.failure)
    }
  }
  const logFailure = (failure: ChatFailure) =>
    log.info('call-failed', {
      replyId,
      reason: failure.reason,
      ...('code' in failure ? { code: failure.code } : {}),
    })

  const call = async (plan: ChunkPlan) => {
    if (!(await pen.mayCall(signals.handOver))) return
    const startedAtMs = clock.now()
    writing = callStarted(writing, startedAtMs)
    const { msgKey } = writing.progress.message
    const answer = await chatApi.sendChunk({
      from: conversation.from,
      to: conversation.to,
      text: plan.text,
      finish: plan.ends !== 'nothing',
      ...(msgKey === undefined ? {} : { msgKey }),
    })
    if (answer.ok) return applied(plan, msgKey ?? answer.value.msgKey)
    logFailure(answer.error)
    await react(answer.error, plan, startedAtMs)
  }
  const end = async (): Promise<WriteOutcome> => {
    const { ending } = writing
    const { progress } = entry()
    queue.close()
    await pen.settled()
    const written = await deps.store.end(replyId, pen.epoch, { ...ending, progress })
    return written === 'ended' ? { how: 'ended', ending, progress } : stop('superseded')
  }
  const idle = async () => {
    if (job.onIdle !== undefined && (await job.onIdle(entry())) === 'stop') return stop('released')
    pen.renewIfDue()
    await bell.wait(pen.renewInMs())
    return undefined
  }

  for (;;) {
    if (pen.lost()) return stop('superseded')
    noticeEvents()
    if (signals.handOver.aborted && !writing.closed) {
      await pen.settled()
      return stop('handedOver')
    }
    const inHand = { pending: queue.pending(), ended: queue.ended(), holdBack: job.holdBack }
    const move = nextMove(writing, inHand, clock.now())
    switch (move.act) {
      case 'call':
        await call(move.plan)
        break
      case 'wait':
        await bell.wait(move.ms)
        break
      case 'idle': {
        const stopped = await idle()
        if (stopped !== undefined) return stopped
        break
      }
      case 'noText':
        noText()
        break
      case 'end':
        return end()
      case 'unreachable':
        return stop('unreachable')
    }
  }
}
