import type { PastTurn } from '../core/conversation/source-request.ts'
import type { Turn } from '../core/conversation/turn.ts'
import { unsentProgress } from '../core/reply/message.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import { type Conversation, hasEnded, isSameConversation } from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import { continueReply } from '../reply/resume.ts'
import { answerTurn, type TurnDeps, type TurnReceipt, type TurnSettings } from './answer-turn.ts'

export type TurnOutcome =
  /** Without a receipt there was nothing left to do. */
  | { readonly done: true; readonly receipt?: TurnReceipt }
  /** The reply is still open: the turn must be delivered again after this many ms. */
  | { readonly done: false; readonly retryAfterMs: number }

/**
 * Answers a turn with what its source says, as the reply that the turn names. A turn that comes again finds its reply: ended,
 * being written, or left by a writer who died. That one is closed with a notice where users have seen some of it, and
 * written anew where they have not; one of another conversation is left alone. Rejects with `OutOfReach` when the store cannot be asked.
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
      },
      nowMs + settings.leaseMs,
    ),
    recall(deps, turn),
  ])
  const write = (held: ReplyRecord) => answerTurn(deps, settings, { turn, history }, held, signals)
  if (created) return outcomeOf(settings, await write(record))
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
      const options = { writeAnew: write }
      const receipt = await continueReply(deps, settings, taken.record, signals, options)
      return outcomeOf(settings, receipt)
    }
    case 'held':
      return { done: false, retryAfterMs: Math.max(taken.record.leaseUntilMs + 1 - clock.now(), 0) }
    case 'ended':
    case 'absent':
      return { done: true }
  }
}

/** A MsgKey names one message alone: who brings it for another conversation made the turn up. */
const isFor = ({ conversation: own }: ReplyRecord, conversation: Conversation): boolean =>
  own !== undefined && isSameConversation(own, conversation)

/** What was neither ended nor taken over by another writer is left until its lease has run out. */
const outcomeOf = ({ leaseMs }: TurnSettings, receipt: TurnReceipt): TurnOutcome =>
  receipt.how === 'ended' || receipt.how === 'superseded'
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
