import type { Ticket, WakeEvent } from '../core/conversation/ticket-lock.ts'
import {
  parseTicketedMessage,
  type TicketedMessage,
} from '../core/conversation/ticketed-message.ts'
import type { InvocationSignals } from '../ports.ts'
import { type BatchWork, logFailure, workOn } from './batch.ts'
import { type LockDeps, workInOrder } from './in-order.ts'

/**
 * Works on the message that an invocation was made with, once those of its conversation that came before are done. Where too
 * little time is left, another invocation goes on in the same ticket. Rejects where a try failed: the platform may invoke again.
 */
export const workTicketed = async (
  deps: LockDeps,
  { leaseMs }: { readonly leaseMs: number },
  event: unknown,
  work: BatchWork,
  signals: InvocationSignals,
): Promise<void> => {
  const { log } = deps
  const ticketed = parseTicketedMessage(event)
  // A retry would read the same event.
  if (ticketed === undefined) return log.warn('unknown-message')
  const { message, ticket, successor } = ticketed
  try {
    const workOnce = () => workOn(log, work, message, signals)
    const eventWith = (mine: Ticket) => eventOf({ message, ticket: mine })
    const errand = { work: workOnce, eventWith, successor }
    const again = await workInOrder(deps, leaseMs, ticket, errand, signals.startBy)
    if (again !== undefined) await deps.invoke(again)
  } catch (error) {
    logFailure(log, message, error)
    throw error
  }
}

const eventOf = ({ message, ticket }: Omit<TicketedMessage, 'successor'>): WakeEvent => ({
  ...message,
  ticket,
})
