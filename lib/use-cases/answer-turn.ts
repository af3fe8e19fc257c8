import { askedText } from '../core/conversation/asked-text.ts'
import type { PastTurn, SourceUsage } from '../core/conversation/source-request.ts'
import { saidIn, type Turn } from '../core/conversation/turn.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import type { ConversationHistory, InvocationSignals, ReplySource } from '../ports.ts'
import { deliverReply } from '../reply/deliver.ts'
import type { Receipt } from '../reply/receipt.ts'
import { sourcePulse, startedSource, withSourceTimeout } from '../reply/source-timeout.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'

export interface TurnDeps extends WriterDeps {
  readonly source: ReplySource
  /** Without it each turn stands alone. */
  readonly history?: ConversationHistory
}

export interface TurnSettings extends WriterSettings {
  /** How long the source may stay silent, in ms. */
  readonly sourceTimeoutMs: number
}

/** What became of a turn's reply. */
export interface TurnReceipt extends Receipt {
  readonly usage?: SourceUsage
}

/** Text of a reply that is kept for the history, in UTF-16 units. */
const MAX_KEPT_CHARS = 65_536

/** A turn, and what went before it. */
export interface AskedTurn {
  readonly turn: Turn
  readonly history: readonly PastTurn[]
}

/**
 * Writes a turn's reply, whose lease the caller holds, with what its source says. It always ends: where the source fails, falls
 * silent or goes on for too long, with a notice. Rejects with `OutOfReach` when the store cannot take the end.
 */
export const answerTurn = async (
  deps: TurnDeps,
  settings: TurnSettings,
  { turn, history }: AskedTurn,
  record: ReplyRecord,
  signals: InvocationSignals,
): Promise<TurnReceipt> => {
  const { clock, source } = deps
  const startMs = clock.now()
  const reading = new AbortController()
  const letGo = () => reading.abort('over')
  let usage: SourceUsage | undefined
  let said = ''
  const onDelta = (delta: string) => {
    if (said.length < MAX_KEPT_CHARS) said += delta
  }
  const reportUsage = (reported: SourceUsage) => {
    usage = reported
  }
  let prefaceChars = 0
  const reportPreface = (chars: number) => {
    prefaceChars = chars
  }
  const pulse = sourcePulse(clock)
  let asked = turn.text
  const reportAsked = (text: string) => {
    asked = text
  }
  const { signal } = reading
  const request = { turn, history, signal, reportUsage, reportPreface, reportAsked }
  const text = startedSource(() => source({ ...request, reportLife: pulse.beat }))
  const patience = { silenceMs: settings.sourceTimeoutMs, outOfTime: signals.handOver }
  const deltas = withSourceTimeout(text, clock, patience, { onDelta, letGo }, pulse)
  const receipt = await deliverReply(
    deps,
    settings,
    { record, deltas, merge: true },
    // A text that only this invocation has cannot be handed over: it is closed while there is time.
    signals.deadline,
  ).finally(letGo)
  logAnswered(deps, turn, receipt, { startMs, usage })
  const remembered = { ...turn, text: askedText({ ...turn, text: asked }) }
  await remember(
    deps,
    remembered,
    receipt,
    said.slice(0, receipt.progress.sentChars).slice(prefaceChars),
  )
  return usage === undefined ? receipt : { ...receipt, usage }
}

const logAnswered = (
  { log, clock, metrics }: TurnDeps,
  { replyId, askedAtMs }: Turn,
  { how, status, failure, progress }: Receipt,
  { startMs, usage }: { readonly startMs: number; readonly usage: SourceUsage | undefined },
): void => {
  const tokens = usage && usage.inputTokens + usage.outputTokens
  metrics?.record(
    {
      TurnDurationMs: clock.now() - askedAtMs,
      ...(tokens === undefined ? {} : { Tokens: tokens }),
    },
    { properties: { replyId, status } },
  )
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
  answered: string,
): Promise<void> => {
  if (history === undefined || answered === '' || !isWorthRemembering(receipt)) return
  const { replyId, conversation } = turn
  try {
    await history.remember(conversation, { replyId, asked: saidIn(turn), answered })
  } catch (error) {
    log.warn('history-not-written', { replyId, error: String(error) })
  }
}
