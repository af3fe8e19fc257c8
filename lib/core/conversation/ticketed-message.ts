import { parseQueueMessage, type QueueMessage } from './queue-message.ts'
import { parseSuccessor, parseTicket, type Successor, type Ticket } from './ticket-lock.ts'

/** A message that the worker was invoked with, and its ticket in the lock of its conversation. */
export interface TicketedMessage {
  readonly message: QueueMessage
  readonly ticket: Ticket
  readonly successor?: Successor
}

/** Reads the event of an asynchronous invocation; `undefined` for anything that this program did not write. */
export const parseTicketedMessage = (event: unknown): TicketedMessage | undefined => {
  if (typeof event !== 'object' || event === null || !('ticket' in event)) return undefined
  const message = parseQueueMessage(JSON.stringify(event))
  const ticket = parseTicket(event.ticket)
  const successor = parseSuccessor('successor' in event ? event.successor : undefined)
  return message && ticket && { message, ticket, ...(successor ? { successor } : {}) }
}
