import { UNSEEN_CLOCK_ERROR_MS } from '../core/clock-offset.ts'
import { callOf, type StoredMessage } from '../core/reply/chat-calls.ts'
import type { ChatFailure } from '../core/reply/chat-failure.ts'
import { textAfterKnown } from '../core/reply/match-applied.ts'
import { SETTLED_AFTER_MS } from '../core/reply/opening.ts'
import { backoffMs } from '../core/reply/pacing.ts'
import type { CallUnderWay, MsgKey, Progress } from '../core/reply/reply.ts'
import { callNumber, type Way } from '../core/reply/way.ts'
import type { WrittenMessage } from '../ports.ts'
import type { HeldReply } from './held.ts'
import { edgeSlot } from './prepare-call.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** So long a call is repeated, and what it did is looked for, in ms. Then somebody else goes on with it. */
const PATIENCE_MS = 120_000
/** So long a message that the service has ended is tried to be read, in ms. */
const READ_PATIENCE_MS = 6_000
const READ_AGAIN_MS = 1_500

/** The calls that were made to find out about another; when the newest answer of theirs was lost, if any. */
interface Asked {
  readonly calls: number
  readonly lostAtMs?: number
}

/** What is found out about a call under way. */
type Found =
  /** `isCertain` is false where an opening may have been applied twice. */
  | { readonly outcome: 'applied'; readonly written: WrittenMessage; readonly isCertain: boolean }
  /** It is not applied, nor will it be; `isCertain` is false where a history that hides messages could say the same. */
  | {
      readonly outcome: 'notApplied'
      readonly failure?: ChatFailure
      readonly isCertain?: boolean
    }
  /** The service has ended the message, or lost it; `isCertain` is false where `IN_DOUBT` had to decide. */
  | { readonly outcome: 'closed'; readonly applied: boolean; readonly isCertain: boolean }
  /** Nobody knows yet: the next writer asks again. */
  | { readonly outcome: 'unknown' }

export type Repeated = Asked & Found

type Answered =
  | { readonly outcome: 'applied'; readonly written: WrittenMessage }
  | { readonly outcome: 'notApplied'; readonly failure: ChatFailure }
  /** Nothing is known yet, or the message must be read. */
  | { readonly outcome: 'again' | 'answerLost' | 'messageLost' | 'mustLeave' }

/** A call of which nobody knows what became of it, and the reply that it is of. */
export interface CallInDoubt {
  readonly way: Way
  readonly progress: Progress
  readonly call: CallUnderWay
}

/**
 * Finds out what became of a call of a way in which the same call takes effect once: makes it again, as it was, until it is
 * answered. A stop does not end that: what closes the message must not overtake it. Where the service has ended the message
 * meanwhile, what stands there tells.
 */
export const repeatCall = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  doubt: CallInDoubt,
): Promise<Repeated> => {
  const opened = isForgotten(deps, doubt) ? await findOpened(deps, held, doubt) : undefined
  if (opened === 'absent') return { outcome: 'notApplied', isCertain: false, calls: 0 }
  return opened === undefined
    ? askUntilAnswered(deps, settings, held, doubt)
    : { outcome: 'applied', written: opened, isCertain: true, calls: 0 }
}

/** True for an opening that the service no longer knows again: repeated now, it may open a second message. */
const isForgotten = ({ clock }: WriterDeps, doubt: CallInDoubt): boolean =>
  opensMessage(doubt) && clock.now() - doubt.call.atMs > doubt.way.sameOpeningForMs

const opensMessage = ({ progress }: CallInDoubt): boolean => progress.message.msgKey === undefined

const askUntilAnswered = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  doubt: CallInDoubt,
): Promise<Repeated> => {
  const { clock, random } = deps
  const { pauseThroughStop } = held.waiting
  const giveUpAtMs = clock.now() + PATIENCE_MS
  let asked: Asked = { calls: 0 }
  let messageLost = 0
  for (let tries = 1; clock.now() < giveUpAtMs; tries += 1) {
    const answered = await ask(deps, held, doubt)
    asked = counting(asked, answered, clock.now())
    if (answered.outcome === 'messageLost') messageLost += 1
    const found = await conclude(deps, settings, held, doubt, { answered, asked, messageLost })
    if (typeof found !== 'number') return { ...found, ...asked }
    const pauseMs = Math.max(found, answered.outcome === 'applied' ? 0 : backoffMs(tries, random()))
    if (!(await pauseThroughStop(answered.outcome === 'messageLost' ? 0 : pauseMs))) break
  }
  return { outcome: 'unknown', ...asked }
}

/** What an answer tells; a number where the call is to be made again after so many ms. */
const conclude = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  doubt: CallInDoubt,
  at: { readonly answered: Answered; readonly asked: Asked; readonly messageLost: number },
): Promise<Found | number> => {
  const { answered, asked, messageLost } = at
  switch (answered.outcome) {
    case 'applied': {
      const leftMs = mayBeUndoneForMs(doubt, asked, deps.clock.now())
      return leftMs > 0 ? leftMs : { ...answered, isCertain: !isForgotten(deps, doubt) }
    }
    case 'notApplied':
      return unlessOpened(deps, held, doubt, answered)
    case 'messageLost':
      // Perhaps only that answer was wrong.
      return messageLost === 1 ? 0 : readEnded(deps, settings, held, doubt)
    case 'mustLeave':
      return { outcome: 'unknown' }
    case 'again':
    case 'answerLost':
      return 0
  }
}

const counting = ({ calls, ...asked }: Asked, { outcome }: Answered, nowMs: number): Asked => ({
  ...asked,
  calls: outcome === 'mustLeave' ? calls : calls + 1,
  ...(outcome === 'answerLost' ? { lostAtMs: nowMs } : {}),
})

/** What closes a message is made once more when no lost call can undo it any longer. */
const mayBeUndoneForMs = (
  { way, call }: CallInDoubt,
  { lostAtMs }: Asked,
  nowMs: number,
): number =>
  way.lateCallsUndo && call.ends !== 'nothing' && lostAtMs !== undefined
    ? lostAtMs + SETTLED_AFTER_MS - nowMs
    : 0

/** Makes the call once more, in a slot of its own and under a lease that covers it. */
const ask = async (
  { chatApi, rateLimit, log }: WriterDeps,
  { record, waiting, lease }: HeldReply,
  { way, progress, call }: CallInDoubt,
): Promise<Answered> => {
  const hasSlot = rateLimit === undefined || (await edgeSlot(waiting, rateLimit))
  if (!hasSlot || !(await waiting.forLease())) return { outcome: 'mustLeave' }
  const chunk = { text: call.text, finish: call.ends !== 'nothing' }
  const again = callOf({ ...record, progress }, way, chunk, true)
  const answering = chatApi.sendChunk(again, undefined, lease.coversCall)
  await waiting.during(answering)
  const answer = await answering
  log.info('call-repeated', { replyId: record.replyId, ok: answer.ok })
  return answer.ok ? { outcome: 'applied', written: answer.value } : afterRefusal(answer.error)
}

const afterRefusal = (failure: ChatFailure): Answered => {
  switch (failure.reason) {
    case 'inDoubt':
      return { outcome: 'answerLost' }
    case 'tryAgain':
    case 'slowDown':
    case 'notSent':
      return { outcome: 'again' }
    case 'messageLost':
      return { outcome: 'messageLost' }
    // The service would have answered so the first time as well.
    case 'messageFull':
    case 'refused':
      return { outcome: 'notApplied', failure }
  }
}

/** A service that refuses an opening because it was made before has its message. */
const unlessOpened = async (
  deps: WriterDeps,
  held: HeldReply,
  doubt: CallInDoubt,
  refused: Extract<Answered, { readonly outcome: 'notApplied' }>,
): Promise<Found> => {
  const opened = opensMessage(doubt) ? await findOpened(deps, held, doubt) : undefined
  return opened === undefined || opened === 'absent'
    ? refused
    : { outcome: 'applied', written: opened, isCertain: true }
}

/** Looks for a message by the number that its opening was sent with; `undefined` where nothing can be read. */
const findOpened = async (
  deps: WriterDeps,
  { record }: HeldReply,
  { progress, call }: CallInDoubt,
): Promise<WrittenMessage | 'absent' | undefined> => {
  const number = callNumber(record.replyId, progress.msgKeys.length, 1)
  const read = await readSince(deps, record.conversation, call.atMs)
  if (read === undefined) return undefined
  const shown = read.find((message) => message.number === number)
  return shown === undefined ? 'absent' : { msgKey: shown.msgKey }
}

/** What stands in a message that takes no more calls. */
const readEnded = async (
  deps: WriterDeps,
  { inDoubt }: WriterSettings,
  { record, waiting }: HeldReply,
  { progress, call }: CallInDoubt,
): Promise<Found> => {
  const { message } = progress
  const text = await patiently(deps, inDoubt, waiting.pauseThroughStop, async () => {
    const read = await readSince(deps, record.conversation, message.openedAtMs ?? call.atMs)
    return read?.find(({ msgKey }) => msgKey === message.msgKey)?.text
  })
  const after = text === undefined ? undefined : textAfterKnown(message, text)
  if (after === call.text) return { outcome: 'closed', applied: true, isCertain: true }
  if (after === '') return { outcome: 'closed', applied: false, isCertain: true }
  return { outcome: 'closed', applied: inDoubt === 'skip', isCertain: false }
}

const patiently = async <T>(
  { clock }: WriterDeps,
  inDoubt: WriterSettings['inDoubt'],
  pause: (ms: number) => Promise<boolean>,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> => {
  const giveUpAtMs = clock.now() + (inDoubt === 'verify' ? READ_PATIENCE_MS : 0)
  for (;;) {
    const seen = await look()
    if (seen !== undefined || clock.now() >= giveUpAtMs) return seen
    if (!(await pause(READ_AGAIN_MS))) return undefined
  }
}

const readSince = async (
  { chatApi, clock }: WriterDeps,
  conversation: HeldReply['record']['conversation'],
  sinceMs: number,
): Promise<readonly StoredMessage[] | undefined> => {
  const { aheadMs, errorMs } = chatApi.clockOffset()
  // The clock of the writer that began the call may differ from ours as well.
  const slackMs = Math.max(errorMs, UNSEEN_CLOCK_ERROR_MS)
  const read = await chatApi.readMessages({
    ...conversation,
    minTimeSeconds: Math.floor((sinceMs + aheadMs - slackMs) / 1_000),
    maxTimeSeconds: Math.ceil((clock.now() + aheadMs + slackMs) / 1_000),
  })
  return read.ok ? read.value : undefined
}

/** Every name that a message is claimed by. */
export const keysOf = ({ msgKey, otherKeys = [] }: WrittenMessage): readonly MsgKey[] => [
  ...new Set([msgKey, ...otherKeys]),
]
