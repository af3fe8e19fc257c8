import { UNSEEN_CLOCK_ERROR_MS } from '../core/clock-offset.ts'
import type { StoredMessage } from '../core/reply/chat-calls.ts'
import { matchApplied, textAfterKnown } from '../core/reply/match-applied.ts'
import { unsentMessage } from '../core/reply/message.ts'
import type { Notices } from '../core/reply/notice.ts'
import { fitsOpening, openingFound, openingOf, openingsHere } from '../core/reply/opening.ts'
import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { Conversation, MsgKey, Opening, Progress, Rollover } from '../core/reply/reply.ts'
import { claimFor, persist } from './persist.ts'
import { lookUp, readOpened } from './read-message.ts'
import type { UnsentText } from './reply-text.ts'
import type { Pause } from './waiting.ts'
import type { WriterDeps } from './writer-deps.ts'

/** How far a reply has come according to the service; its writer continues from there. */
export interface Reconciled {
  readonly progress: Progress
  /** True when a user had pressed Stop at a message before it was claimed. */
  readonly stopped?: boolean
  /** `complete`: all of its text is there, closed. `closed`: it was closed before the end of its text. */
  readonly state: 'open' | 'complete' | 'closed'
}

/** What reading back needs. */
export interface Reading
  extends Pick<WriterDeps, 'chatApi' | 'store' | 'clock' | 'log' | 'openMessages'> {
  readonly notices: Notices
  readonly pause: Pause
  /** The next call of a reply, unless it depends on when text arrived. */
  readonly foreseen: (progress: Progress, unsent: UnsentText) => ChunkPlan | undefined
}

/** A record whose conversation is known. */
export type AddressedRecord = ReplyRecord & { readonly conversation: Conversation }

/** False only for a pushed reply whose first chunk has not come. */
export const isAddressed = (record: ReplyRecord): record is AddressedRecord =>
  record.conversation !== undefined

/** Reads back a message whose MsgKey is known, to see how far it has come. `undefined` when it cannot be read. */
export const lookAgain = async (
  reading: Reading,
  { progress, conversation }: AddressedRecord,
  msgKey: MsgKey,
  unsent: UnsentText | undefined,
): Promise<Reconciled | undefined> => {
  const looked = await lookUp(reading.chatApi, conversation, msgKey)
  if (looked.outcome === 'absent') reading.openMessages?.contradict()
  return looked.outcome === 'shown'
    ? fromShown(progress, looked.message, unsent, reading)
    : undefined
}

const fromShown = (
  progress: Progress,
  shown: StoredMessage,
  unsent: UnsentText | undefined,
  { clock, notices }: Reading,
): Reconciled | undefined => {
  const { chunks, finished, text } = shown
  if (chunks === undefined || text === undefined) return undefined
  const after = textAfterKnown(progress.message, text)
  const rollover = unsent === undefined && finished ? progress.rollingOver : undefined
  const known = unsent ?? ownText(progress, after, rollover)
  const matched = matchApplied(progress, known.text, { msgKey: shown.msgKey, chunks, finished })
  if (matched === undefined) {
    // What follows the known text is not the reply's own: it is a notice that closed the message.
    return finished && after !== undefined
      ? { progress: withMessage(progress, shown.msgKey), state: 'closed' }
      : undefined
  }
  const at = matched.taken > 0 ? timed(matched.progress, clock.now()) : matched.progress
  const state = finished ? stateOf(unsent, matched.taken, text, notices) : 'open'
  return rollover === undefined ? { progress: at, state } : rolledOver(at, rollover, state)
}

/** Moves on from a rollover: what looks like the end of the text was announced as the end of one message only. */
const rolledOver = (
  { rollingOver: _, ...progress }: Progress,
  { reopen }: Rollover,
  state: Reconciled['state'],
): Reconciled => ({
  progress: { ...progress, message: unsentMessage(reopen) },
  state: state === 'complete' ? 'open' : state,
})

const withMessage = (progress: Progress, msgKey: MsgKey): Progress =>
  progress.msgKeys.includes(msgKey)
    ? progress
    : { ...progress, msgKeys: [...progress.msgKeys, msgKey] }

/**
 * When the text is not known, everything in the message counts as the reply's, except the fences that a rollover reopened and
 * closed.
 */
const ownText = (
  { message: { reopen } }: Progress,
  after = '',
  { close }: Rollover = { close: '', reopen: '' },
): UnsentText => {
  const from = after.startsWith(reopen) ? reopen.length : 0
  const end = after.endsWith(close) ? after.length - close.length : after.length
  return { text: after.slice(from, end), toTheEnd: false }
}

/** The state of a finished message. When the text is not known, the message counts as complete unless it ends with a notice. */
const stateOf = (
  unsent: UnsentText | undefined,
  taken: number,
  shown: string,
  { failed, cut, withheld, interrupted }: Notices,
): Reconciled['state'] => {
  if (unsent !== undefined) {
    return unsent.toTheEnd && taken === unsent.text.length ? 'complete' : 'open'
  }
  const closing = [failed, cut, withheld, interrupted]
  return closing.some((notice) => shown.endsWith(notice)) ? 'closed' : 'complete'
}

const timed = (progress: Progress, nowMs: number): Progress => ({
  ...progress,
  firstTextAtMs: progress.firstTextAtMs ?? nowMs,
  lastTextAtMs: nowMs,
})

/**
 * Looks for the next message that the last writer opened but died before recording: the oldest one that fits. The record, alone
 * or together with the text, says which chunk the message begins with. If it does not, nothing is claimed, because other
 * programs may write as the same bot.
 */
export const findUnrecorded = async (
  reading: Reading,
  record: AddressedRecord,
  unsent: UnsentText | undefined,
): Promise<Reconciled | undefined> => {
  const { progress, conversation } = record
  const openings = expectedOf(reading, progress, unsent)
  if (openings.length === 0) return { progress, state: 'open' }
  const fromMs = Math.min(...openings.map((opening) => opening.fromMs))
  const read = await readOpened(reading, conversation, () => ({ fromMs }))
  if (read === undefined) return undefined
  for (const shown of read) {
    if (progress.msgKeys.includes(shown.msgKey)) continue
    const opening = openingOfShown(openings, shown)
    const seen = opening && (await recognised(reading, record, opening, shown, unsent))
    if (seen === undefined) continue
    const owner = await claimFor(reading, record, shown.msgKey, reading.pause)
    if (owner !== 'other') return { ...seen, stopped: owner === 'stopped' }
  }
  return { progress, state: 'open' }
}

/**
 * How far a message shows the reply, if it belongs to the reply: it then holds only the first chunk, since a writer claims a
 * message before it continues it.
 */
const recognised = async (
  reading: Reading,
  { replyId, progress }: AddressedRecord,
  opening: Opening,
  shown: StoredMessage,
  unsent: UnsentText | undefined,
): Promise<Reconciled | undefined> => {
  const { store, pause } = reading
  const isOurs =
    shown.text?.length === opening.chars ||
    (await persist(() => store.findByMsgKey(shown.msgKey), pause)) === replyId
  if (!isOurs) return undefined
  const known = openingFound(progress, opening)
  // A chunk that is not part of the text, such as a notice, is recognised by its hash.
  return fromShown(known, shown, unsent, reading) ?? fromShown(known, shown, undefined, reading)
}

/** Of several openings that begin alike, the one that the message holds in full. */
const openingOfShown = (
  openings: readonly Opening[],
  shown: StoredMessage,
): Opening | undefined => {
  const fitting = openings.filter((opening) => fitsOpening(opening, shown))
  return fitting.find(({ chars }) => chars === shown.text?.length) ?? fitting[0]
}

/** The calls that may have opened the message: those in the record, and the one that follows from the text. */
const expectedOf = (
  { foreseen, chatApi }: Reading,
  progress: Progress,
  unsent: UnsentText | undefined,
): readonly Opening[] => {
  const recorded = openingsHere(progress)
  const plan = unsent && foreseen(progress, unsent)
  if (plan === undefined) return recorded
  const { aheadMs, errorMs } = chatApi.clockOffset()
  // The clock of the writer that recorded it may differ from ours as well.
  const fromMs = progress.lastCallAtMs + aheadMs - Math.max(errorMs, UNSEEN_CLOCK_ERROR_MS)
  const chunk = { text: plan.text, finish: plan.ends !== 'nothing' }
  return [...recorded, openingOf(chunk, progress.sentChars, { fromMs })]
}
