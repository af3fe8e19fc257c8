import { matchApplied, textAfterKnown } from '../core/reply/match-applied.ts'
import type { Notices } from '../core/reply/notice.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { MsgKey, Progress } from '../core/reply/reply.ts'
import type { StoredMessage } from '../ports.ts'
import { CLOCK_SKEW_SECONDS } from './lost-call.ts'
import { readMessage } from './repair-message.ts'
import type { WriterDeps } from './session.ts'

/** The text that follows what is recorded as sent, as far as anybody knows it. */
export interface UnsentText {
  readonly text: string
  /** True when the reply ends with it. */
  readonly toTheEnd: boolean
  /** The next call's text where it does not depend on when text arrived: what `IN_DOUBT=skip` passes over. */
  readonly nextCall?: string
}

/** A reply as the service shows it, to go on from. */
export interface Reconciled {
  readonly progress: Progress
  /** `complete`: all of its text is there, closed. `closed`: it was closed before the end of its text. */
  readonly state: 'open' | 'complete' | 'closed'
}

/** What reading back needs. */
export interface Reading extends Pick<WriterDeps, 'chatApi' | 'store' | 'clock'> {
  readonly notices: Notices
}

/** Looks how far a message has come that is known by its name. `undefined` when that cannot be had. */
export const lookAgain = async (
  reading: Reading,
  { progress, conversation }: ReplyRecord,
  msgKey: MsgKey,
  unsent: UnsentText | undefined,
): Promise<Reconciled | undefined> => {
  const shown = conversation && (await readMessage(reading.chatApi, conversation, msgKey))
  return shown && fromShown(progress, shown, unsent, reading)
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
  const known = unsent ?? {
    text: withoutStart(after ?? '', progress.message.reopen),
    toTheEnd: false,
  }
  const matched = matchApplied(progress, known.text, { msgKey: shown.msgKey, chunks, finished })
  if (matched === undefined) {
    // What follows the known text is nothing of the reply's own: a notice that closed it.
    return finished && after !== undefined ? { progress, state: 'closed' } : undefined
  }
  const moved = matched.taken > 0
  const endsText = finished && !(unsent === undefined && progress.rollingOver)
  const state = endsText ? stateOf(unsent, matched.taken, text, notices) : 'open'
  return { progress: moved ? timed(matched.progress, clock.now()) : matched.progress, state }
}

/** Where the text is not known, all that stands there is the reply's, but for the fence that a rollover reopened. */
const withoutStart = (text: string, start: string): string =>
  text.startsWith(start) ? text.slice(start.length) : text

/** Of a finished message. Where the text is not known, its writer closed it at its end unless a notice stands there. */
const stateOf = (
  unsent: UnsentText | undefined,
  taken: number,
  shown: string,
  { failed, interrupted }: Notices,
): Reconciled['state'] => {
  if (unsent !== undefined) {
    return unsent.toTheEnd && taken === unsent.text.length ? 'complete' : 'open'
  }
  return shown.endsWith(failed) || shown.endsWith(interrupted) ? 'closed' : 'complete'
}

const timed = (progress: Progress, nowMs: number): Progress => ({
  ...progress,
  firstTextAtMs: progress.firstTextAtMs ?? nowMs,
  lastTextAtMs: nowMs,
})

/** Looks for the next message that the last writer opened and did not live to record; the oldest is the next. */
export const findUnrecorded = async (
  reading: Reading,
  { replyId, progress, conversation }: ReplyRecord,
  unsent: UnsentText | undefined,
): Promise<Reconciled | undefined> => {
  if (conversation === undefined) return undefined
  const { chatApi, store, clock } = reading
  const read = await chatApi.readMessages({
    ...conversation,
    minTimeSeconds: Math.floor(progress.lastCallAtMs / 1_000) - CLOCK_SKEW_SECONDS,
    maxTimeSeconds: Math.ceil(clock.now() / 1_000) + CLOCK_SKEW_SECONDS,
  })
  if (!read.ok) return undefined
  for (const shown of read.value) {
    if (shown.from !== conversation.from || progress.msgKeys.includes(shown.msgKey)) continue
    const seen = fromShown(progress, shown, unsent, reading)
    // Where the text is not known, whose message it is only the claim can tell.
    if (seen === undefined || (unsent !== undefined && isForeign(seen, shown, reading))) continue
    if ((await store.claimMessage(shown.msgKey, replyId)) === 'own') return seen
  }
  return { progress, state: 'open' }
}

/** True for a message whose text is not the reply's: unless it is one of our notices and nothing else. */
const isForeign = ({ state }: Reconciled, { text }: StoredMessage, { notices }: Reading): boolean =>
  state === 'closed' && text !== notices.failed && text !== notices.interrupted
