import type { Holder, Leaving, Ticket, WakeEvent } from '../core/conversation/ticket-lock.ts'
import type { Turn } from '../core/conversation/turn.ts'
import type { Continuation } from '../core/reply/continuation.ts'
import type { Conversation } from '../core/reply/reply.ts'

/** Hands work to another invocation; within one conversation it is taken up in order. */
export interface ReplyQueue {
  /** Resolves once the queue has it. Throws `OutOfReach`. */
  continueLater(continuation: Continuation): Promise<void>
}

/** Hands users' messages to the worker; those of one conversation are taken up in order. */
export interface TurnQueue {
  /** Resolves once the queue has it; one that is handed over twice within five minutes arrives once. Throws `OutOfReach`. */
  answerLater(turn: Turn): Promise<void>
}

/**
 * The lock under which the messages of a conversation wait for each other, where the platform keeps no order. Each change is
 * one atomic write. Every method throws `OutOfReach`.
 */
export interface TicketLock {
  /** Takes the next ticket. An abandoned ticket holds the conversation up for one lease at most. */
  queueUp(conversation: Conversation, nowMs: number): Promise<Ticket>
  /**
   * Begins to work under a ticket where its time has come (`enterLock`). Where it has not, the event is kept in the same step, as
   * long as there is room for it: whoever leaves the ticket before finds it.
   */
  enter(
    ticket: Ticket,
    holder: Holder,
    event?: WakeEvent,
  ): Promise<'begun' | 'waiting' | 'held' | 'elsewhere' | 'passed'>
  /** Keeps the ticket served for another lease. False when somebody has stepped past. */
  stay(ticket: Ticket, holder: Holder): Promise<boolean>
  /**
   * Lets the next one begin, or the same one in another invocation. Nothing happens where somebody has stepped past. Resolves with
   * the event of the one that may begin now, where it waits and left one.
   */
  leave(ticket: Ticket, holder: Holder, leaving: Leaving): Promise<WakeEvent | undefined>
}

/** Names one message of the queue as this invocation received it. */
export type ReceiptHandle = string

/**
 * Messages of the queue while they are worked on. Neither method throws: a failure is logged, and the queue's visibility
 * timeout makes up for it.
 */
export interface QueueReceipts {
  /** Keeps messages from other invocations for `ms` from now; 0 gives them back at once. */
  hideFor(handles: readonly ReceiptHandle[], ms: number): Promise<void>
  /** Takes a message that is done with out of the queue, so that the next one of its conversation can be taken up. */
  remove(handle: ReceiptHandle): Promise<void>
}
