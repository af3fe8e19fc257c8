import { OutOfReach } from '../core/out-of-reach.ts'
import type { StreamCall } from '../core/reply/chat-calls.ts'
import type { ChatFailure } from '../core/reply/chat-failure.ts'
import { unsentProgress } from '../core/reply/message.ts'
import { type Notices, noticeAfter } from '../core/reply/notice.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { Conversation, MsgKey, Progress, ReplyFailure } from '../core/reply/reply.ts'
import { wayOf } from '../core/reply/way.ts'
import { err, type Result } from '../core/result.ts'
import { advanceFence, NO_FENCE } from '../core/text/fence.ts'
import type { WrittenMessage } from '../ports.ts'
import { closeKnown } from './close-known.ts'
import { lookAgain } from './end-reply.ts'
import { type HeldReply, whileHeld } from './held.ts'
import { edgeSlot } from './prepare-call.ts'
import { isAddressed } from './read-back.ts'
import { closeByOverwriting, readMessage } from './read-message.ts'
import type { Receipt } from './receipt.ts'
import { withLostOpenings } from './recover.ts'
import { keysOf } from './repeat-call.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** Why a reply ended although every attempt to finish it failed. */
const poisoned: ReplyFailure = {
  reason: 'poisoned',
  detail: 'Nobody could go on with the reply, though it was tried many times.',
}

/** While the service cannot be reached, closing the message is tried in this many sweeps, an hour apart. */
const MAX_CLOSING_ATTEMPTS = 10

/** The state of a reply's message after an attempt to close it. */
interface Closing {
  /** `left`: the service answered, but refused. */
  readonly state: 'closed' | 'left' | 'unreachable'
  /** Messages that hold the notice alone. */
  readonly opened?: readonly MsgKey[]
}

/**
 * Ends a reply `poisoned`, without going on with it: nothing that an attempt could have stumbled over is looked at. What is shown
 * of it stays and is closed in at most two reads, one chunk and one overwriting. The caller holds the lease; `closings` counts how often
 * this was tried. Rejects with `OutOfReach` when the store cannot take the end.
 */
export const endPoisoned = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: ReplyRecord,
  closings: number,
  signal: AbortSignal,
): Promise<Receipt> => {
  const { createdAtMs } = record
  // A broken record is filled in, so that reading how the reply ended works again.
  const stored = { ...unsentProgress(createdAtMs), ...record.progress }
  const whole = { ...record, progress: withLostOpenings(deps, withoutBroken(stored)) }
  if (!isAddressed(whole)) return endUnwritten(deps, whole)

  return whileHeld(deps, settings, whole, signal, (held) =>
    closeAndEnd(deps, settings, held, record.progress, closings),
  )
}

const closeAndEnd = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  stored: Progress | undefined,
  closings: number,
): Promise<Receipt> => {
  const { record } = held
  const { replyId } = record
  held.waiting.noticeStop()
  const { state, opened = [] } = await closeMessage(deps, settings, held, stored)
  const msgKeys = [...record.progress.msgKeys, ...opened]
  const progress: Progress = { ...record.progress, msgKeys }
  await held.lease.settled()
  if (state === 'unreachable' && closings < MAX_CLOSING_ATTEMPTS) {
    return { replyId, how: 'unreachable', status: 'open', progress, settled: false }
  }
  if (state !== 'closed') deps.log.warn('message-left-open', { replyId, msgKeys })
  return endUnwritten(deps, { ...record, progress })
}

const withoutBroken = ({ openings, ...progress }: Progress): Progress =>
  Array.isArray(openings) ? { ...progress, openings } : progress

/**
 * Records that end, of a reply whose message needs no closing or cannot be closed. What its lost calls may have opened is looked
 * for by a later sweep.
 */
export const endUnwritten = async (
  { store, clock, log, metrics }: WriterDeps,
  { replyId, epoch, progress }: Pick<ReplyRecord, 'replyId' | 'epoch' | 'progress'>,
): Promise<Receipt> => {
  const ending = { status: 'failed', failure: poisoned } as const
  const written = await store.end(replyId, epoch, {
    ...ending,
    progress,
    ...lookAgain(progress, clock.now()),
  })
  if (written !== 'ended') {
    return { replyId, how: 'superseded', status: 'open', progress, settled: true }
  }
  log.warn('poisoned', { replyId })
  const properties = { replyId }
  metrics?.record({ Poisoned: 1 }, { properties })
  metrics?.record({ RepliesFailed: 1 }, { dimensions: { reason: poisoned.reason }, properties })
  return { replyId, how: 'ended', progress, settled: true, ...ending }
}

const closeMessage = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  progress: Progress | undefined,
): Promise<Closing> => {
  const { notices } = settings
  const { conversation } = held.record
  const way = wayOf(settings.ways, conversation, {
    way: progress?.way,
    calls: progress?.calls ?? 0,
  })
  if (way.afterLostAnswer === 'repeat') return closeRepeatable(deps, settings, held)
  // The type does not describe what a broken record holds.
  const msgKey = progress?.message?.msgKey
  if (msgKey !== undefined) return closeOpen(deps, held, msgKey, notices)
  const isBetweenMessages = (progress?.msgKeys ?? []).length > 0
  return isBetweenMessages ? closed : showNotice(deps, held, notices)
}

/** A record that is broken in what a call needs leaves its message as it is. */
const closeRepeatable = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
): Promise<Closing> => {
  const { replyId, conversation } = held.record
  try {
    const { state, opened } = await closeKnown(deps, settings, held, sendLast)
    if (opened === undefined) return { state }
    for (const key of keysOf(opened)) await deps.store.claimMessage(key, replyId, conversation)
    return { state, opened: [opened.msgKey] }
  } catch (error) {
    if (error instanceof OutOfReach) throw error
    deps.log.warn('poisoned-not-closed', { replyId, error: String(error) })
    return { state: 'left' }
  }
}

const closed: Closing = { state: 'closed' }

/** Closes the message with a notice, since an empty chunk cannot; where the service refuses that, overwrites it. */
const closeOpen = async (
  deps: WriterDeps,
  held: HeldReply,
  msgKey: MsgKey,
  { failed }: Notices,
): Promise<Closing> => {
  const { conversation } = held.record
  const shown = await readMessage(deps.chatApi, conversation, msgKey)
  if (shown?.finished) return closed
  // Where it cannot be read back, it is taken for one that ends outside of any code.
  const text = noticeAfter(advanceFence(NO_FENCE, shown?.text ?? ''), true, failed)
  const answer = await sendLast(deps, held, { ...conversation, msgKey, text, finish: true })
  if (answer.ok || (await isClosedOtherwise(deps, conversation, msgKey))) return closed
  return { state: answer.error }
}

/** Nothing of the reply was ever shown: a notice tells its users that it will not come. */
const showNotice = async (
  deps: WriterDeps,
  held: HeldReply,
  { failed }: Notices,
): Promise<Closing> => {
  const { replyId, conversation } = held.record
  const answer = await sendLast(deps, held, { ...conversation, text: failed, finish: true })
  if (!answer.ok) return { state: answer.error }
  const { msgKey } = answer.value
  // Otherwise another reply that looks for its own message could mistake this one for it.
  await deps.store.claimMessage(msgKey, replyId, conversation)
  return { state: 'closed', opened: [msgKey] }
}

const sendLast = async (
  { chatApi, rateLimit }: WriterDeps,
  { waiting, lease }: HeldReply,
  call: StreamCall,
): Promise<Result<WrittenMessage, 'left' | 'unreachable'>> => {
  const hasSlot = rateLimit === undefined || (await edgeSlot(waiting, rateLimit))
  if (!hasSlot || !(await waiting.forLease())) return err('unreachable')
  const answering = chatApi.sendChunk(call, undefined, lease.coversCall)
  await waiting.during(answering)
  const answer = await answering
  if (answer.ok) return answer
  return err(isAnswered(answer.error) ? 'left' : 'unreachable')
}

/** Reads back whether the lost call closed the message, else closes it by overwriting it with what it shows. */
const isClosedOtherwise = async (
  { chatApi }: WriterDeps,
  conversation: Conversation,
  msgKey: MsgKey,
): Promise<boolean> => {
  const shown = await readMessage(chatApi, conversation, msgKey)
  if (shown === undefined) return false
  return shown.finished || (await closeByOverwriting(chatApi, conversation, shown))
}

/** True for a failure that the service would answer with again. */
const isAnswered = ({ reason }: ChatFailure): boolean =>
  reason !== 'notSent' && reason !== 'inDoubt' && reason !== 'slowDown'
