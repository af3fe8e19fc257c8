import { matchApplied, textAfterKnown } from './core/match-applied.ts'
import type { Notices } from './core/notice.ts'
import { planChunk } from './core/plan-chunk.ts'
import type { MsgKey, Progress } from './core/reply.ts'
import { chunkApplied, counted, startWriting } from './core/writing.ts'
import type { ReplyRecord, StoredMessage } from './ports.ts'
import { callRoomMs } from './writer/reply-pen.ts'
import { readMessage } from './writer/rescue-message.ts'
import type { WriterDeps, WriterSettings } from './writer/session.ts'
import { CLOCK_SKEW_SECONDS, SETTLED_AFTER_MS } from './writer/settle-doubt.ts'

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

/** How long reading back is tried, in ms: the reply's user is waiting. */
const PATIENCE_MS = 6_000
const READ_AGAIN_MS = 1_500

/**
 * Finds out how far a reply has really come when its last writer did not leave in order: a call may have been applied that
 * nobody recorded. Reads the newest message back and moves on past all that stands there. `unsent` is undefined where the
 * text is not known.
 */
export const reconcileReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: ReplyRecord,
  unsent: UnsentText | undefined,
): Promise<Reconciled> => {
  const { progress, epoch, conversation } = record
  if (conversation === undefined || progress.settledEpoch === epoch - 1) {
    return { progress, state: 'open' }
  }
  await settle(deps, settings, record)

  const { msgKey } = progress.message
  const { chatApi, store, clock } = deps
  const reading = { chatApi, store, clock, notices: settings.notices }
  const look = () =>
    msgKey === undefined
      ? findUnrecorded(reading, record, unsent)
      : lookAgain(reading, record, msgKey, unsent)
  const giveUpAtMs = deps.clock.now() + (settings.inDoubt === 'verify' ? PATIENCE_MS : 0)
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (deps.clock.now() >= giveUpAtMs) break
    await deps.clock.sleep(READ_AGAIN_MS)
  }

  deps.log.warn('take-over-in-doubt', { replyId: record.replyId, epoch, inDoubt: settings.inDoubt })
  return { progress: assumed(settings, progress, unsent, deps.clock.now()), state: 'open' }
}

/** Waits until the service can no longer be working on a call of the last writer, and keeps the lease meanwhile. */
const settle = async (
  { store, clock }: WriterDeps,
  { leaseMs }: WriterSettings,
  { replyId, epoch, leaseUntilMs, progress }: ReplyRecord,
): Promise<void> => {
  const nowMs = clock.now()
  const knownCallMs = progress.lastCallAtMs + SETTLED_AFTER_MS - nowMs
  // A call may have begun as late as its lease allowed, and the lease has run out since.
  const lastCallMs = SETTLED_AFTER_MS - callRoomMs(leaseMs)
  const waitMs = Math.max(knownCallMs, lastCallMs)
  if (waitMs <= 0) return
  // With a short lease the next push would take over, and wait again.
  if (leaseUntilMs - callRoomMs(leaseMs) < nowMs + waitMs) {
    await store.record(replyId, epoch, { progress, leaseUntilMs: nowMs + waitMs + leaseMs })
  }
  await clock.sleep(waitMs)
}

/** What reading back needs. */
interface Reading extends Pick<WriterDeps, 'chatApi' | 'store' | 'clock'> {
  readonly notices: Notices
}

const lookAgain = async (
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
  const known = unsent ?? { text: after ?? '', toTheEnd: false }
  const matched = matchApplied(progress, known.text, { msgKey: shown.msgKey, chunks, finished })
  if (matched === undefined) {
    // What follows the known text is nothing of the reply's own: a notice that closed it.
    return finished && after !== undefined ? { progress, state: 'closed' } : undefined
  }
  const moved = matched.taken > 0
  const state = finished ? stateOf(unsent, matched.taken, text, notices) : 'open'
  return { progress: moved ? timed(matched.progress, clock.now()) : matched.progress, state }
}

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

/** Looks for a message that the last writer opened and did not live to record. */
const findUnrecorded = async (
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
  for (const shown of [...read.value].reverse()) {
    if (shown.from !== conversation.from || progress.msgKeys.includes(shown.msgKey)) continue
    const seen = fromShown(progress, shown, unsent, reading)
    if (seen === undefined || isForeign(seen, shown, reading)) continue
    if ((await store.claimMessage(shown.msgKey, replyId)) === 'own') return seen
  }
  return { progress, state: 'open' }
}

/** True for a message whose text is not the reply's: unless it is one of our notices and nothing else. */
const isForeign = ({ state }: Reconciled, { text }: StoredMessage, { notices }: Reading): boolean =>
  state === 'closed' && text !== notices.failed && text !== notices.interrupted

/** Where reading back shows nothing usable: one chunk is in doubt, and sent again or passed over. */
const assumed = (
  settings: WriterSettings,
  progress: Progress,
  unsent: UnsentText | undefined,
  nowMs: number,
): Progress => {
  const writing = counted(startWriting(progress, settings), 'inDoubt')
  if (settings.inDoubt !== 'skip' || unsent?.nextCall === undefined) return writing.progress
  const plan = planChunk({
    message: progress.message,
    pending: unsent.nextCall,
    ended: unsent.toTheEnd && unsent.nextCall === unsent.text,
    holdBack: false,
    limitBytes: settings.messageBytes,
    lastMessage: false,
  })
  if (plan === undefined) return writing.progress
  return chunkApplied(writing, plan, progress.message.msgKey, nowMs).progress
}
