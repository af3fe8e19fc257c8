import type { Callback } from '../core/conversation/callback.ts'
import type { Clock, Log, Metrics, ReplyStore, TurnQueue } from '../ports.ts'

export interface AcceptCallbackDeps {
  readonly turnQueue: TurnQueue
  readonly store: Pick<ReplyStore, 'findByMsgKey' | 'keepStop' | 'requestCancel'>
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

/** What was done about a callback. `kept`: the stop is stored for the reply that claims its message. */
export type Accepted = 'enqueued' | 'interrupted' | 'kept' | 'ignored'

/**
 * Hands a user's message to the worker, or asks the writer of a reply to stop; anything else is logged and left. Throws
 * `OutOfReach` when queue or store cannot be asked: the callback should then come again, and may.
 */
export const acceptCallback = async (
  deps: AcceptCallbackDeps,
  callback: Callback,
): Promise<Accepted> => {
  const { turnQueue, clock, log, metrics } = deps
  switch (callback.kind) {
    case 'turn': {
      const { replyId, askedAtMs } = callback.turn
      await turnQueue.answerLater(callback.turn)
      log.info('turn-enqueued', { replyId })
      // The two clocks may differ.
      const tookMs = Math.max(clock.now() - askedAtMs, 0)
      metrics.record({ CallbackMs: tookMs }, { properties: { replyId } })
      return 'enqueued'
    }
    case 'interrupt':
      return interrupt(deps, callback)
    case 'group':
      log.info('group-message-ignored')
      return 'ignored'
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

type Interrupt = Extract<Callback, { readonly kind: 'interrupt' }>

const interrupt = async (deps: AcceptCallbackDeps, asked: Interrupt): Promise<Accepted> => {
  const { store, log } = deps
  const { msgKey, conversation } = asked
  // The call that tells a client of the MsgKey tells the writer by its answer, and that answer may be lost.
  const replyId = (await store.findByMsgKey(msgKey)) ?? (await store.keepStop(msgKey, conversation))
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
