import type { ChatFailure } from '../core/reply/chat-failure.ts'
import { unsentProgress } from '../core/reply/message.ts'
import { type Notices, noticeAfter } from '../core/reply/notice.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { Conversation, MsgKey, Progress, ReplyFailure, ReplyId } from '../core/reply/reply.ts'
import { err, type Result } from '../core/result.ts'
import { advanceFence, NO_FENCE } from '../core/text/fence.ts'
import type { StreamCall } from '../ports.ts'
import type { Receipt } from './deliver.ts'
import { closeByOverwriting, readMessage } from './repair-message.ts'
import type { WriterDeps, WriterSettings } from './session.ts'

/** Why a reply ended that no attempt brought to its end. */
const poisoned: ReplyFailure = {
  reason: 'poisoned',
  detail: 'Nobody could go on with the reply, though it was tried many times.',
}

/** Where the service cannot be reached, the message is tried to be closed in so many sweeps, an hour apart. */
const MAX_CLOSING_ATTEMPTS = 10

/** How a reply's message stands after it was tried to close it. */
interface Closing {
  /** `left`: the service was there, and did not let us. */
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
  const { replyId, epoch, createdAtMs } = record
  const { state, opened = [] } = await closeMessage(deps, settings, record, signal)
  // Where it stopped being whole, it is whole again for whoever asks how the reply ended.
  const stored = { ...unsentProgress(createdAtMs), ...record.progress }
  const msgKeys = [...stored.msgKeys, ...opened]
  const progress: Progress = { ...stored, msgKeys }
  if (state === 'unreachable' && closings < MAX_CLOSING_ATTEMPTS) {
    return { replyId, how: 'unreachable', status: 'open', progress, settled: false }
  }
  if (state !== 'closed') deps.log.warn('message-left-open', { replyId, msgKeys })
  return endUnwritten(deps, { replyId, epoch, progress })
}

/** Records that end, of a reply whose message needs no closing or cannot be closed. */
export const endUnwritten = async (
  { store, log, metrics }: WriterDeps,
  { replyId, epoch, progress }: Pick<ReplyRecord, 'replyId' | 'epoch' | 'progress'>,
): Promise<Receipt> => {
  const ending = { status: 'failed', failure: poisoned } as const
  const written = await store.end(replyId, epoch, { ...ending, progress })
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
  { notices }: WriterSettings,
  { replyId, conversation, progress }: ReplyRecord,
  signal: AbortSignal,
): Promise<Closing> => {
  // What a broken record holds is not what its type says.
  const msgKey = progress?.message?.msgKey
  if (conversation === undefined) return closed
  if (msgKey !== undefined) return closeOpen(deps, { ...conversation, msgKey }, notices, signal)
  const isBetweenMessages = (progress?.msgKeys ?? []).length > 0
  return isBetweenMessages ? closed : showNotice(deps, replyId, conversation, notices, signal)
}

const closed: Closing = { state: 'closed' }

/** Closes the message with a notice, which an empty chunk could not; where it takes none, by overwriting it. */
const closeOpen = async (
  deps: WriterDeps,
  { msgKey, ...conversation }: Conversation & { readonly msgKey: MsgKey },
  { failed }: Notices,
  signal: AbortSignal,
): Promise<Closing> => {
  const shown = await readMessage(deps.chatApi, conversation, msgKey)
  if (shown?.finished) return closed
  // Where it cannot be read back, it is taken for one that ends outside of any code.
  const text = noticeAfter(advanceFence(NO_FENCE, shown?.text ?? ''), true, failed)
  const answer = await sendLast(deps, { ...conversation, msgKey, text, finish: true }, signal)
  if (answer.ok || (await isClosedOtherwise(deps, conversation, msgKey))) return closed
  return { state: answer.error }
}

/** Nothing of the reply was ever shown: whoever waits for it is told that it will not come. */
const showNotice = async (
  deps: WriterDeps,
  replyId: ReplyId,
  conversation: Conversation,
  { failed }: Notices,
  signal: AbortSignal,
): Promise<Closing> => {
  const answer = await sendLast(deps, { ...conversation, text: failed, finish: true }, signal)
  if (!answer.ok) return { state: answer.error }
  const { msgKey } = answer.value
  // Else another reply that looks for a message of its own could take it for that.
  await deps.store.claimMessage(msgKey, replyId, conversation)
  return { state: 'closed', opened: [msgKey] }
}

const sendLast = async (
  { chatApi, rateLimit }: WriterDeps,
  call: StreamCall,
  signal: AbortSignal,
): Promise<Result<{ readonly msgKey: MsgKey }, 'left' | 'unreachable'>> => {
  if (rateLimit !== undefined && !(await rateLimit.slot('edge', signal))) return err('unreachable')
  const answer = await chatApi.sendChunk(call)
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
