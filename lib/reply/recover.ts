import { openingLost, SETTLED_AFTER_MS } from '../core/reply/opening.ts'
import { type ChunkPlan, planChunk } from '../core/reply/plan-chunk.ts'
import type { Progress } from '../core/reply/reply.ts'
import { wayOf } from '../core/reply/way.ts'
import { chunkApplied, counted, startWriting } from '../core/reply/writing.ts'
import { callRoomMs } from './lease.ts'
import {
  type AddressedRecord,
  findUnrecorded,
  lookAgain,
  type Reading,
  type Reconciled,
} from './read-back.ts'
import type { UnsentAt, UnsentText } from './reply-text.ts'
import type { Pause } from './waiting.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** How long the writer tries to read back, in ms: the user is waiting. */
const PATIENCE_MS = 6_000
const READ_AGAIN_MS = 1_500

/**
 * Finds out how far a reply has really come when its last writer did not leave in order: a call may have been applied without
 * being recorded. Reads the newest message back and moves past everything in it. `unsentAt` says which text follows at a given
 * progress. When `pause` says that waiting must end, the caller must not continue a reply that is still open.
 */
export const reconcileReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: AddressedRecord,
  unsentAt: UnsentAt,
  pause: Pause,
): Promise<Reconciled> => {
  const { progress, epoch } = record
  const isSettled = progress.settledEpoch === epoch - 1
  if (isSettled || !(await settleLastCall(deps, settings, record, pause)))
    return { progress, state: 'open' }

  const at = await lookFrom(readingOf(deps, settings, pause), settings, record, unsentAt)
  return { ...at, progress: withLostOpenings(deps, at.progress) }
}

/** Looks at one message after another until it finds nothing more that the last writer left unrecorded. */
const lookFrom = async (
  reading: Reading,
  settings: WriterSettings,
  record: AddressedRecord,
  unsentAt: UnsentAt,
): Promise<Reconciled> => {
  const { progress } = record
  let at: Reconciled = { progress, state: 'open' }
  do {
    const known = { ...record, progress: at.progress }
    const rest = unsentAt(at.progress)
    const seen = await lookPatiently(reading, settings, known, rest)
    const stopped = at.stopped === true || seen?.stopped === true
    if (seen === undefined) {
      // There may have been no call at all beyond what was seen, so none is skipped.
      const doubted = at.progress === progress ? rest : undefined
      return { ...inDoubt(reading, settings, known, doubted), stopped }
    }
    if (seen.progress === at.progress) return seen.state === 'open' ? at : { ...seen, stopped }
    at = { ...seen, stopped }
  } while (mayHaveNext(at, unsentAt(at.progress)))
  return at
}

/** A message that the last writer was about to open may still appear until its call can no longer be applied. */
export const withLostOpenings = ({ chatApi, clock }: WriterDeps, progress: Progress): Progress => {
  const { aheadMs, errorMs } = chatApi.clockOffset()
  return progress.openings === undefined
    ? progress
    : openingLost(progress, { untilMs: clock.now() + aheadMs + errorMs })
}

const readingOf = (
  { chatApi, store, clock, log, openMessages }: WriterDeps,
  settings: WriterSettings,
  pause: Pause,
): Reading => ({
  ...(openMessages === undefined ? {} : { openMessages }),
  chatApi,
  store,
  clock,
  log,
  pause,
  notices: settings.notices,
  foreseen: (progress, unsent) => foreseenPlan(settings, progress, unsent),
})

/** A message finished before the end of the text may have been followed by an unrecorded one. */
const mayHaveNext = ({ progress, state }: Reconciled, unsent: UnsentText | undefined): boolean =>
  progress.message.msgKey === undefined && (state !== 'complete' || unsent === undefined)

const lookPatiently = async (
  reading: Reading,
  { inDoubt: policy }: WriterSettings,
  record: AddressedRecord,
  unsent: UnsentText | undefined,
): Promise<Reconciled | undefined> => {
  const { clock, chatApi, pause } = reading
  const { msgKey } = record.progress.message
  // When our clock leaps, no time passes for the service.
  const nowMs = () => clock.now() - chatApi.clockOffset().leaptMs
  const giveUpAtMs = nowMs() + (policy === 'verify' ? PATIENCE_MS : 0)
  for (;;) {
    const seen =
      msgKey === undefined
        ? await findUnrecorded(reading, record, unsent)
        : await lookAgain(reading, record, msgKey, unsent)
    if (seen !== undefined || nowMs() >= giveUpAtMs) return seen
    if (!(await pause(READ_AGAIN_MS))) return undefined
  }
}

const inDoubt = (
  { log, clock }: Reading,
  settings: WriterSettings,
  { replyId, epoch, progress }: AddressedRecord,
  unsent: UnsentText | undefined,
): Reconciled => {
  log.warn('take-over-in-doubt', { replyId, epoch, inDoubt: settings.inDoubt })
  return { progress: assumed(settings, progress, unsent, clock.now()), state: 'open' }
}

/** Waits until the service can no longer be working on a call of the last writer. False if the wait had to end earlier. */
export const settleLastCall = async (
  { clock }: WriterDeps,
  { leaseMs }: WriterSettings,
  { progress }: AddressedRecord,
  pause: Pause,
): Promise<boolean> => {
  const knownCallMs = progress.lastCallAtMs + SETTLED_AFTER_MS - clock.now()
  // A call may have begun as late as its lease allowed, and the lease has run out since.
  const lastCallMs = SETTLED_AFTER_MS - callRoomMs(leaseMs)
  const waitMs = Math.max(knownCallMs, lastCallMs)
  return waitMs <= 0 || pause(waitMs)
}

/** The next call of a text, if the record alone determines it; a writer that makes a different call records that one. */
export const foreseenPlan = (
  { messageBytes }: WriterSettings,
  { message }: Progress,
  { text, toTheEnd, nextCall, firstInHand }: UnsentText,
): ChunkPlan | undefined => {
  const pending = nextCall ?? firstInHand
  if (pending === undefined) return undefined
  return planChunk({
    message,
    pending,
    ended: toTheEnd && pending === text,
    holdBack: nextCall === undefined,
    limitBytes: messageBytes,
    lastMessage: false,
  })
}

/** The progress to assume when reading back shows nothing usable: one chunk is in doubt, and is sent again or skipped. */
const assumed = (
  settings: WriterSettings,
  progress: Progress,
  unsent: UnsentText | undefined,
  nowMs: number,
): Progress => {
  const writing = counted(
    startWriting(progress, settings, wayOf(settings.ways, {}, progress)),
    'inDoubt',
  )
  if (settings.inDoubt !== 'skip' || unsent?.nextCall === undefined) return writing.progress
  const plan = foreseenPlan(settings, progress, unsent)
  // A chunk that closes a message is never skipped: had it not been applied, the message would stay open.
  if (plan?.ends !== 'nothing') return writing.progress
  return chunkApplied(writing, plan, progress.message.msgKey, nowMs).progress
}
