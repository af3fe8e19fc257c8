import type { StoredMessage } from '../core/reply/chat-calls.ts'
import { beginsWithChunk, openingFound, twinOpenings } from '../core/reply/opening.ts'
import type { Conversation, MsgKey, Opening, Progress, ReplyId } from '../core/reply/reply.ts'
import { claimFor } from './persist.ts'
import { closeByOverwriting, lookUp, readOpened } from './read-message.ts'
import type { WriterDeps } from './writer-deps.ts'

/** The most by which the service may apply a call, or show its message, later than it should, in ms. */
const LATE_MS = 60_000

/** Closes a message that has nothing more to say; an empty chunk cannot. */
const CLOSING_TEXT = ' …'

type TwinDeps = Pick<WriterDeps, 'chatApi' | 'store' | 'clock' | 'log' | 'metrics'>

interface TwinReply {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly progress: Progress
}

/** True where a reply may have left a message open: one that a lost call opened, or one that it knows by name. */
export const mayHaveTwins = (progress: Progress): boolean =>
  twinOpenings(progress).length > 0 || progress.leftOpen !== undefined

/**
 * Looks for messages that the reply has opened and that nobody closes, since the text went on in another one. Of those that lost
 * first calls have opened it closes which are exactly such a chunk, open, and claimed by nobody else. `looked` is false where that
 * could not be found out. Never rejects.
 */
export const closeTwins = async (
  deps: TwinDeps,
  reply: TwinReply,
  signal?: AbortSignal,
): Promise<{ readonly progress: Progress; readonly looked: boolean }> => {
  let { progress } = reply
  let looked = true
  for (const opening of twinOpenings(progress)) {
    const closed = await closeTwin(deps, { ...reply, progress }, opening, signal).catch((error) => {
      deps.log.warn('twin-not-closed', { replyId: reply.replyId, error: String(error) })
      return undefined
    })
    if (closed === undefined) looked = false
    else if (closed) progress = openingFound(progress, opening)
  }
  const { leftOpen: before = [], ...others } = progress
  const leftOpen: MsgKey[] = []
  for (const msgKey of before) {
    if (!(await isClosed(deps, reply, msgKey, signal))) leftOpen.push(msgKey)
  }
  if (leftOpen.length === 0) return { progress: others, looked }
  return { progress: { ...others, leftOpen }, looked: false }
}

/** A message of the reply's own is closed where it is open; one that is not there any more needs nothing. */
const isClosed = async (
  deps: TwinDeps,
  { replyId, conversation }: TwinReply,
  msgKey: MsgKey,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const looked = await lookUp(deps.chatApi, conversation, msgKey, signal)
  if (looked.outcome === 'unreadable') return false
  if (looked.outcome === 'absent' || looked.message.finished) return true
  const closed = await close(deps, conversation, looked.message)
  deps.log.warn(closed ? 'twin-closed' : 'twin-left-open', { replyId, msgKey })
  return closed
}

/** True when there was one and it is closed now; `undefined` when that cannot be found out. */
const closeTwin = async (
  deps: TwinDeps,
  reply: TwinReply,
  opening: Opening,
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> => {
  const { chatApi, clock, log } = deps
  const { replyId, conversation, progress } = reply
  const { fromMs, untilMs = fromMs } = opening
  const reading = { chatApi, clock, ...(signal === undefined ? {} : { signal }) }
  const shown = await readOpened(reading, conversation, () => ({
    fromMs,
    untilMs: untilMs + LATE_MS,
  }))
  if (shown === undefined) return undefined
  const twins = shown.filter(
    (message) =>
      !message.finished &&
      isExactly(opening, message) &&
      !progress.msgKeys.includes(message.msgKey),
  )
  for (const message of twins) {
    const { msgKey } = message
    if ((await claimFor(deps, reply, msgKey, async () => false)) === 'other') continue
    const closed = await close(deps, conversation, message)
    log.warn(closed ? 'twin-closed' : 'twin-left-open', { replyId, msgKey })
    return closed ? true : undefined
  }
  return false
}

const isExactly = (opening: Opening, message: StoredMessage): boolean =>
  message.text?.length === opening.chars && beginsWithChunk(opening, message)

const close = async (
  { chatApi }: TwinDeps,
  conversation: Conversation,
  message: StoredMessage,
): Promise<boolean> => {
  if (await closeByOverwriting(chatApi, conversation, message)) return true
  const { msgKey } = message
  const call = { ...conversation, msgKey, text: CLOSING_TEXT, finish: true }
  return (await chatApi.sendChunk(call)).ok
}
