import { planChunk } from '../core/reply/plan-chunk.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { Progress } from '../core/reply/reply.ts'
import { chunkApplied, counted, startWriting } from '../core/reply/writing.ts'
import { callRoomMs } from './lease.ts'
import { SETTLED_AFTER_MS } from './lost-call.ts'
import { findUnrecorded, lookAgain, type Reconciled, type UnsentText } from './read-back.ts'
import type { WriterDeps, WriterSettings } from './session.ts'
import type { Pause } from './waiting.ts'

/** How long reading back is tried, in ms: the reply's user is waiting. */
const PATIENCE_MS = 6_000
const READ_AGAIN_MS = 1_500

/**
 * Finds out how far a reply has really come when its last writer did not leave in order: a call may have been applied that
 * nobody recorded. Reads the newest message back and moves on past all that stands there. `unsent` is undefined where the
 * text is not known. Where `pause` says that waiting must end, what it answers is not to be gone on from.
 */
export const reconcileReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: ReplyRecord,
  unsent: UnsentText | undefined,
  pause: Pause,
): Promise<Reconciled> => {
  const { progress, epoch, conversation } = record
  if (conversation === undefined || progress.settledEpoch === epoch - 1) {
    return { progress, state: 'open' }
  }
  await settle(deps, settings, record, pause)

  let at: Reconciled = { progress, state: 'open' }
  do {
    const known = { ...record, progress: at.progress }
    const rest = unsent && unsentFrom(unsent, at.progress.sentChars - progress.sentChars)
    const seen = await lookPatiently(deps, settings, known, rest, pause)
    if (seen === undefined) return inDoubt(deps, settings, known, rest)
    if (seen.progress === at.progress) return seen.state === 'open' ? at : seen
    at = seen
  } while (mayHaveNext(at, unsent))
  return at
}

/** A message that was finished before the end of the text may have been followed by one that nobody recorded. */
const mayHaveNext = ({ progress, state }: Reconciled, unsent: UnsentText | undefined): boolean =>
  progress.message.msgKey === undefined && (state !== 'complete' || unsent === undefined)

/** What is left of a text after some of it; what the next call would carry is not known then. */
const unsentFrom = (unsent: UnsentText, chars: number): UnsentText =>
  chars === 0 ? unsent : { text: unsent.text.slice(chars), toTheEnd: unsent.toTheEnd }

const lookPatiently = async (
  { chatApi, store, clock }: WriterDeps,
  { notices, inDoubt: policy }: WriterSettings,
  record: ReplyRecord,
  unsent: UnsentText | undefined,
  pause: Pause,
): Promise<Reconciled | undefined> => {
  const reading = { chatApi, store, clock, notices }
  const { msgKey } = record.progress.message
  const giveUpAtMs = clock.now() + (policy === 'verify' ? PATIENCE_MS : 0)
  for (;;) {
    const seen =
      msgKey === undefined
        ? await findUnrecorded(reading, record, unsent)
        : await lookAgain(reading, record, msgKey, unsent)
    if (seen !== undefined || clock.now() >= giveUpAtMs) return seen
    if (!(await pause(READ_AGAIN_MS))) return undefined
  }
}

const inDoubt = (
  { log, clock }: WriterDeps,
  settings: WriterSettings,
  { replyId, epoch, progress }: ReplyRecord,
  unsent: UnsentText | undefined,
): Reconciled => {
  log.warn('take-over-in-doubt', { replyId, epoch, inDoubt: settings.inDoubt })
  return { progress: assumed(settings, progress, unsent, clock.now()), state: 'open' }
}

/** Waits until the service can no longer be working on a call of the last writer. */
const settle = async (
  { clock }: WriterDeps,
  { leaseMs }: WriterSettings,
  { progress }: ReplyRecord,
  pause: Pause,
): Promise<void> => {
  const knownCallMs = progress.lastCallAtMs + SETTLED_AFTER_MS - clock.now()
  // A call may have begun as late as its lease allowed, and the lease has run out since.
  const lastCallMs = SETTLED_AFTER_MS - callRoomMs(leaseMs)
  const waitMs = Math.max(knownCallMs, lastCallMs)
  if (waitMs > 0) await pause(waitMs)
}

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
  // What closes a message is never passed over: were it not applied, the message would stay open.
  if (plan?.ends !== 'nothing') return writing.progress
  return chunkApplied(writing, plan, progress.message.msgKey, nowMs).progress
}
