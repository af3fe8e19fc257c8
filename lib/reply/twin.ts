import { OutOfReach } from '../core/out-of-reach.ts'
import type { StoredMessage } from '../core/reply/chat-calls.ts'
import { beginsWithChunk, openingFound, twinOpenings } from '../core/reply/opening.ts'
import {
  type Conversation,
  hasEnded,
  type Opening,
  type Progress,
  type ReplyId,
} from '../core/reply/reply.ts'
import { claimFor } from './persist.ts'
import { isAddressed } from './read-back.ts'
import { closeByOverwriting, readOpened } from './read-message.ts'
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

/**
 * Looks for messages that lost first calls of the reply have opened and that nobody closes, since the text went on in another
 * one; closes those that are exactly such a chunk, open, and claimed by nobody else. `looked` is false where that could not be
 * found out. Never rejects.
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
  return { progress, looked }
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

/** Replies that are looked at in one sweep. */
const BATCH = 25
/** After so long a conversation that cannot be read is not asked for any more, in ms. */
const GIVE_UP_AFTER_MS = 3_600_000

/**
 * Looks once more at replies that ended while a lost call of theirs might still open a message, and closes what has come to
 * light. Those of a conversation that cannot be read now come up again with the next sweep, for an hour. Never rejects.
 */
export const settleEnded = async (deps: WriterDeps, signal: AbortSignal): Promise<void> => {
  const { store, clock, log } = deps
  try {
    for (const replyId of await store.listUnsettled(clock.now(), BATCH)) {
      if (signal.aborted) return
      if (await isSettled(deps, replyId, signal)) await store.settleEnded(replyId)
    }
  } catch (error) {
    log.warn('ended-not-settled', { error: String(error) })
  }
}

const isSettled = async (
  deps: WriterDeps,
  replyId: ReplyId,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    const record = await deps.store.read(replyId)
    if (record === undefined || !hasEnded(record.status) || !isAddressed(record)) return true
    const { looked } = await closeTwins(deps, record, signal)
    return looked || deps.clock.now() - record.progress.lastCallAtMs > GIVE_UP_AFTER_MS
  } catch (error) {
    if (error instanceof OutOfReach) throw error
    // A broken record names nothing to look for, and must not hold up the others.
    deps.log.warn('ended-not-settled', { replyId, error: String(error) })
    return true
  }
}
