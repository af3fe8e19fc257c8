import { askedText } from '../core/conversation/asked-text.ts'
import type { PastTurn, SourceUsage } from '../core/conversation/source-request.ts'
import { saidIn, type Turn } from '../core/conversation/turn.ts'
import type { ConversationHistory, InvocationSignals, ReplySource } from '../ports.ts'
import { deliverReply } from '../reply/deliver.ts'
import { handOver } from '../reply/hand-over.ts'
import type { AddressedRecord } from '../reply/read-back.ts'
import type { Receipt } from '../reply/receipt.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'
import { type AnswerReading, readAnswer } from './answer-reading.ts'

export interface TurnDeps extends WriterDeps {
  readonly source: ReplySource
  /** Without it each turn stands alone. */
  readonly history?: ConversationHistory
}

export interface TurnSettings extends WriterSettings {
  /** How long the source may stay silent, in ms. */
  readonly sourceTimeoutMs: number
  /** How long one answer may take from the beginning of its turn, over all its invocations, in ms. */
  readonly answerLimitMs: number
}

/** What became of a turn's reply. */
export interface TurnReceipt extends Receipt {
  readonly usage?: SourceUsage
  /** True if the next invocation has been asked to continue. */
  readonly goesOn?: boolean
}

/** A turn, and what went before it. */
export interface AskedTurn {
  readonly turn: Turn
  readonly history: readonly PastTurn[]
}

/**
 * Writes a turn's reply from what its source says, from the beginning or from where the record stands, under a lease that the
 * caller holds. The reply ends, or is handed to the next invocation if time runs out and the source can go on there. If the
 * source fails, falls silent or goes on for too long, the reply ends with a notice. Rejects with `OutOfReach` when the store
 * cannot record the end.
 */
export const answerTurn = async (
  deps: TurnDeps,
  settings: TurnSettings,
  asked: AskedTurn,
  record: AddressedRecord,
  signals: InvocationSignals,
): Promise<TurnReceipt> => {
  const { turn } = asked
  const startMs = deps.clock.now()
  const isHandable = deps.queue !== undefined && record.turn !== undefined
  // Finding out how far a dead writer came may use up all the time.
  if (isHandable && record.epoch > 1 && signals.handOver.aborted) {
    return leaveToNext(deps, settings, record)
  }
  const outOfTime = new AbortController()
  const leaving = new AbortController()
  // While the source is asked, so that its first text need not wait for that.
  deps.rateLimit?.prepare()
  const reading = readAnswer(deps, settings, asked, record, outOfTime.signal)
  const mayGoOnLater = () => isHandable && reading.canGoOn()
  const over = new AbortController()
  onAbort(signals.handOver, over.signal, () => {
    // A reply whose text only this invocation has is closed while there is time.
    if (mayGoOnLater()) leaving.abort('over')
    else outOfTime.abort('over')
  })
  onAbort(signals.deadline, over.signal, () => leaving.abort('over'))
  const { deltas, prefaceChars, letGo } = reading
  const delivery = { record, deltas, merge: true, prefaceChars }
  const written = await deliverReply(deps, settings, delivery, leaving.signal).finally(() => {
    letGo()
    over.abort('over')
  })
  const isHandedOver = written.how === 'handedOver' && mayGoOnLater()
  const receipt = isHandedOver
    ? await handOver(deps, settings, record, written, { pushes: record.inbox.pushes })
    : written
  logAnswered(deps, turn, receipt, { startMs, usage: reading.usage(), resumes: reading.resumes() })
  if (!isHandedOver) {
    const remembered = { ...turn, text: askedText({ ...turn, text: reading.asked() }) }
    await remember(deps, remembered, receipt, reading)
  }
  const usage = reading.usage()
  return {
    ...receipt,
    ...(usage === undefined ? {} : { usage }),
    ...(isHandedOver ? { goesOn: true } : {}),
  }
}

const leaveToNext = async (
  deps: TurnDeps,
  settings: TurnSettings,
  record: AddressedRecord,
): Promise<TurnReceipt> => {
  const { replyId, progress, inbox } = record
  const left = { replyId, progress, how: 'handedOver', status: 'open', settled: true } as const
  const receipt = await handOver(deps, settings, record, left, { pushes: inbox.pushes })
  return { ...receipt, goesOn: true }
}

/** Calls `work` when `signal` aborts, or at once if it already has; `over` ends the listening. */
const onAbort = (signal: AbortSignal, over: AbortSignal, work: () => void): void => {
  if (signal.aborted) work()
  else signal.addEventListener('abort', work, { once: true, signal: over })
}

const logAnswered = (
  { log, clock, metrics }: TurnDeps,
  { replyId, askedAtMs }: Turn,
  { how, status, failure, progress }: Receipt,
  {
    startMs,
    usage,
    resumes,
  }: {
    readonly startMs: number
    readonly usage: SourceUsage | undefined
    readonly resumes: number
  },
): void => {
  const properties = { replyId, status }
  if (how !== 'handedOver') {
    metrics?.record({ TurnDurationMs: clock.now() - askedAtMs }, { properties })
  }
  // What one invocation has used; the next one counts its own.
  if (usage !== undefined) {
    metrics?.record({ Tokens: usage.inputTokens + usage.outputTokens }, { properties })
  }
  const { firstTextAtMs, msgKeys, sentChars, calls, retries, lostAnswers, inDoubt } = progress
  log.info('turn-answered', {
    replyId,
    how,
    status,
    ...failure,
    waitedMs: startMs - askedAtMs,
    ...(firstTextAtMs === undefined ? {} : { firstTextMs: firstTextAtMs - startMs }),
    durationMs: clock.now() - startMs,
    messages: msgKeys.length,
    chars: sentChars,
    calls,
    retries,
    lostAnswers,
    inDoubt,
    ...(resumes === 0 ? {} : { resumes }),
    ...usage,
  })
}

/** In the history, an answer that the model withheld would get the next question withheld as well. */
const isWorthRemembering = ({ failure }: Receipt): boolean => failure?.reason !== 'withheld'

/** Remembers what users have seen of an answer, whole or broken off, so that they can ask about it. */
const remember = async (
  { history, log }: TurnDeps,
  turn: Turn,
  receipt: Receipt,
  reading: AnswerReading,
): Promise<void> => {
  if (history === undefined || !isWorthRemembering(receipt)) return
  const { replyId, conversation } = turn
  try {
    const answered = await reading.answered(receipt.progress.sentChars)
    if (answered === '') return
    await history.remember(conversation, { replyId, asked: saidIn(turn), answered })
  } catch (error) {
    log.warn('history-not-written', { replyId, error: String(error) })
  }
}
