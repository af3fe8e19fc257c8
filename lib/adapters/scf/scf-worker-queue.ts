import { laneOf } from '../../core/conversation/turn.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { Clock, ReplyQueue, TicketLock, TurnQueue } from '../../ports.ts'
import type { InvokeWorker } from './scf-invoke.ts'

/**
 * The queues on a platform that has none: the worker is invoked with each message, which carries its ticket in the lock of its
 * conversation along. A message that is handed over twice comes twice; the second finds the work done.
 */
export const scfWorkerQueue = ({
  invoke,
  lock,
  clock,
}: {
  readonly invoke: InvokeWorker
  readonly lock: TicketLock
  readonly clock: Pick<Clock, 'now'>
}): TurnQueue & ReplyQueue => {
  const hand = async (conversation: Conversation, message: object): Promise<void> =>
    invoke({ ...message, ticket: await lock.queueUp(conversation, clock.now()) })

  return {
    answerLater: (turn) => hand(laneOf(turn), { kind: 'turn', turn }),
    continueLater: ({ conversation, replyId }) =>
      hand(conversation, { kind: 'continuation', replyId }),
  }
}
