import type { PastTurn } from '../core/conversation/source-request.ts'
import type { Turn } from '../core/conversation/turn.ts'
import { unsentProgress } from '../core/reply/message.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import {
  type Conversation,
  hasEnded,
  isSameConversation,
  type ReplyId,
} from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import type { AddressedRecord } from '../reply/read-back.ts'
import type { Receipt } from '../reply/receipt.ts'
import { continueReply } from '../reply/resume.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'
import {
  type AskedTurn,
  answerTurn,
  type TurnDeps,
  type TurnReceipt,
  type TurnSettings,
} from './answer-turn.ts'

export type TurnOutcome =
  /** Without a receipt there was nothing left to do. */
  | { readonly done: true; readonly receipt?: TurnReceipt }
  /** The reply is still open: the turn must be delivered again after this many ms. */
  | { readonly done: false; readonly retryAfterMs: number }

/**
 * A turn with more text is not stored beside its reply, because every write of progress would pay for it; in UTF-16 units of
 * JSON.
 */
const MAX_STORED_CHARS = 16_384

/**
 * Answers a turn with what its source says, as the reply that the turn names. A turn that comes again finds its reply: ended,
 * being written, or left by a writer who died. A reply that was left is written anew if users have seen nothing of it,
 * continued if its source can go on, and otherwise closed with a notice. A reply of another conversation is left alone. Rejects
 * with `OutOfReach` when the store cannot be asked.
 */
export const runTurn = async (
  deps: TurnDeps,
  settings: TurnSettings,
  turn: Turn,
  signals: InvocationSignals,
): Promise<TurnOutcome> => {
  const { replyId, conversation } = turn
  const { clock, store } = deps
  const nowMs = clock.now()
  const [{ created, record }, history] = await Promise.all([
    store.begin(
      {
        replyId,
        kind: 'turn',
        conversation,
        createdAtMs: nowMs,
        progress: unsentProgress(nowMs),
        piecewise: false,
        ...storedTurn(deps, turn),
      },
      nowMs + settings.leaseMs,
    ),
    recall(deps, turn),
  ])
  if (created) {
    const own = { ...record, conversation }
    const receipt = await answerTurn(deps, settings, { turn, history }, own, signals)
    await letUpstreamGo(deps, receipt, signals)
    return outcomeOf(settings, receipt)
  }
  if (!isFor(record, conversation)) {
    deps.log.warn('turn-of-another-conversation', { replyId })
    return { done: true }
  }
  if (hasEnded(record.status)) return { done: true }

  const taken = await store.takeOver(replyId, {
    nowMs: clock.now(),
    leaseUntilMs: clock.now() + settings.leaseMs,
  })
  switch (taken.outcome) {
    case 'taken': {
      const asked = { turn, history }
      const receipt = await goOn(deps, settings, taken.record, signals, asked)
      return outcomeOf(settings, receipt)
    }
    case 'held':
      return { done: false, retryAfterMs: Math.max(taken.record.leaseUntilMs + 1 - clock.now(), 0) }
    case 'ended':
    case 'absent':
      return { done: true }
  }
}

/** What answers the turns of one bot. */
export interface AnsweringBot {
  readonly deps: TurnDeps
  readonly settings: TurnSettings
}

/** A reply that was handed over. */
interface HandedOver {
  readonly replyId: ReplyId
  /** The bot of an account, or its stand-in when a reply names none. */
  readonly botOf: (account: string | undefined) => AnsweringBot
}

/**
 * Continues a reply of any kind that was handed over; that of a turn is answered by its bot from where it stands. `undefined`
 * when there is nothing to do or another writer holds it. Rejects with `OutOfReach` when the store cannot be asked.
 */
export const continueTurn = async (
  { store, clock }: Pick<WriterDeps, 'store' | 'clock'>,
  { leaseMs }: Pick<WriterSettings, 'leaseMs'>,
  { replyId, botOf }: HandedOver,
  signals: InvocationSignals,
): Promise<Receipt | undefined> => {
  const nowMs = clock.now()
  const taken = await store.takeOver(replyId, { nowMs, leaseUntilMs: nowMs + leaseMs })
  if (taken.outcome !== 'taken') return undefined
  const { turn, conversation } = taken.record
  const { deps, settings } = botOf(conversation?.from)
  const asked = turn && { turn, history: await recall(deps, turn) }
  return goOn(deps, settings, taken.record, signals, asked)
}

/** Continues a reply whose lease was just taken. */
const goOn = async (
  deps: TurnDeps,
  settings: TurnSettings,
  record: ReplyRecord,
  signals: InvocationSignals,
  asked: AskedTurn | undefined,
): Promise<TurnReceipt> => {
  const answer = (at: AddressedRecord) =>
    asked !== undefined && canAnswer(deps, settings, at)
      ? answerTurn(deps, settings, asked, at, signals)
      : undefined
  const receipt = await continueReply(deps, settings, record, signals, { answer })
  await letUpstreamGo(deps, receipt, signals)
  return receipt
}

/** True when the source can supply what is missing: the whole text, or the rest of it. */
const canAnswer = (
  { source: { resumption }, clock }: TurnDeps,
  { answerLimitMs }: TurnSettings,
  { progress, cancelRequested, createdAtMs }: AddressedRecord,
): boolean => {
  const { sentChars, msgKeys, source: place } = progress
  if (cancelRequested || clock.now() >= createdAtMs + answerLimitMs) return false
  if (place?.mark !== undefined && resumption?.by === 'cursor') return true
  if (msgKeys.length === 0 && sentChars === 0) return true
  return resumption?.by === 'text' && sentChars > (place?.prefaceChars ?? 0)
}

/** Tells the source's upstream to stop when nobody wants the rest of its text. */
const letUpstreamGo = async (
  { source: { resumption } }: TurnDeps,
  { how, status, progress }: Receipt,
  { deadline }: InvocationSignals,
): Promise<void> => {
  const cursor = progress.source?.mark?.cursor
  if (how !== 'ended' || status === 'finished' || cursor === undefined) return
  if (resumption?.by === 'cursor') await resumption.cancel?.(cursor, deadline)
}

/** The turn as stored for a successor, which asks the source with it. */
const storedTurn = ({ source }: TurnDeps, turn: Turn): { readonly turn?: Turn } =>
  source.resumption !== undefined && JSON.stringify(turn).length <= MAX_STORED_CHARS ? { turn } : {}

/** A MsgKey names a single message: a turn that brings it for another conversation is forged. */
const isFor = ({ conversation: own }: ReplyRecord, conversation: Conversation): boolean =>
  own !== undefined && isSameConversation(own, conversation)

/** A reply that has neither ended nor been taken over is left alone until its lease runs out. */
const outcomeOf = ({ leaseMs }: TurnSettings, receipt: TurnReceipt): TurnOutcome =>
  receipt.how === 'ended' || receipt.how === 'superseded' || receipt.goesOn === true
    ? { done: true, receipt }
    : { done: false, retryAfterMs: leaseMs }

/** An answer without memory is better than no answer. */
const recall = async (
  { history, log }: TurnDeps,
  { replyId, conversation }: Turn,
): Promise<readonly PastTurn[]> => {
  try {
    return (await history?.recall(conversation)) ?? []
  } catch (error) {
    log.warn('history-not-read', { replyId, error: String(error) })
    return []
  }
}
