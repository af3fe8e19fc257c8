import type { Callback, SingleCallback } from '../core/conversation/callback.ts'
import type { Turn } from '../core/conversation/turn.ts'
import { isSameConversation } from '../core/reply/reply.ts'
import type { Clock, ReplyStore, TurnQueue } from '../ports.ts'
import { type AdmitDeps, admitTurn } from './admit-turn.ts'

export interface AcceptCallbackDeps extends AdmitDeps {
  readonly turnQueue: TurnQueue
  readonly store: Pick<ReplyStore, 'findByMsgKey' | 'keepStop' | 'requestCancel' | 'read'>
  readonly clock: Clock
  /** Whether what users write about answers stands in the log. */
  readonly logsText?: boolean
}

/** What was done about a callback. `kept`: the stop is stored for the reply that claims its message. */
export type Accepted = 'enqueued' | 'interrupted' | 'kept' | 'noted' | 'ignored'

/**
 * Hands a user's message to the worker, or asks the writer of a reply to stop; anything else is logged and left. Throws
 * `OutOfReach` when queue or store cannot be asked: the callback should then come again, and may.
 */
export const acceptCallback = async (
  deps: AcceptCallbackDeps,
  callback: Callback,
): Promise<Accepted> => {
  if (callback.kind !== 'several') return acceptOne(deps, callback)
  const accepted = await Promise.all(callback.callbacks.map((one) => acceptOne(deps, one)))
  return accepted.find((one) => one !== 'ignored') ?? 'ignored'
}

const acceptOne = async (deps: AcceptCallbackDeps, callback: SingleCallback): Promise<Accepted> => {
  const { log } = deps
  switch (callback.kind) {
    case 'turn':
      return enqueue(deps, callback.turn)
    case 'interrupt':
      return interrupt(deps, callback)
    case 'feedback':
      return noteFeedback(deps, callback)
    case 'dropped':
      log.info('message-dropped', { reason: callback.reason, msgKey: callback.msgKey })
      return 'ignored'
    case 'unknown':
      log.info('unknown-callback', { command: callback.command })
      return 'ignored'
    case 'malformed':
      log.warn('malformed-callback', { field: callback.field })
      return 'ignored'
  }
}

const enqueue = async (deps: AcceptCallbackDeps, asked: Turn): Promise<Accepted> => {
  const { turnQueue, users, clock, log, metrics, groups } = deps
  const { replyId, askedAtMs, conversation } = asked
  if (conversation.group !== undefined && groups === undefined) {
    log.info('group-message-ignored', { replyId })
    return 'ignored'
  }
  const { turn, forgotten } = await admitTurn(deps, asked)
  const forgetting = users
    .drop(conversation, forgotten)
    .catch((error) => log.warn('turn-not-counted', { replyId, error: String(error) }))
  await Promise.all([turn && turnQueue.answerLater(turn), forgetting])
  if (turn === undefined) return 'ignored'
  log.info('turn-enqueued', { replyId })
  // The two clocks may differ.
  const tookMs = Math.max(clock.now() - askedAtMs, 0)
  metrics.record({ CallbackMs: tookMs }, { properties: { replyId } })
  return 'enqueued'
}

type Feedback = Extract<SingleCallback, { readonly kind: 'feedback' }>

const noteFeedback = async (deps: AcceptCallbackDeps, given: Feedback): Promise<Accepted> => {
  const { store, log, metrics, logsText = false } = deps
  const { msgKey, conversation, value, text } = given
  const replyId = await store.findByMsgKey(msgKey)
  const judged = replyId && (await store.read(replyId))?.conversation
  if (replyId === undefined || judged === undefined || !isSameConversation(judged, conversation)) {
    log.warn('feedback-of-no-reply', { msgKey })
    return 'ignored'
  }
  const words = text === undefined ? {} : { textChars: text.length, ...(logsText ? { text } : {}) }
  log.info('feedback', { replyId, value, ...words })
  const counted = value === 'up' ? { ThumbsUp: 1 } : { ThumbsDown: 1 }
  metrics.record(counted, { properties: { replyId } })
  return 'noted'
}

type Interrupt = Extract<SingleCallback, { readonly kind: 'interrupt' }>

const interrupt = async (deps: AcceptCallbackDeps, asked: Interrupt): Promise<Accepted> => {
  const { store, log } = deps
  const { msgKey, otherKey, conversation } = asked
  // The call that tells a client of the MsgKey tells the writer by its answer, and that answer may be lost.
  const replyId =
    (await store.findByMsgKey(msgKey)) ??
    (otherKey && (await store.findByMsgKey(otherKey))) ??
    (await store.keepStop(msgKey, conversation))
  if (replyId === undefined) {
    log.info('interrupt-kept', { msgKey })
    return 'kept'
  }
  const record = await store.requestCancel(replyId, conversation)
  if (record === undefined) {
    log.warn('interrupt-of-another-conversation', { replyId, msgKey })
    return 'ignored'
  }
  log.info('interrupt-noted', { replyId, status: record.status })
  return 'interrupted'
}
