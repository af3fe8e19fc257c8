import { enterLock, type LockState, leaveLock } from '../../lib/core/conversation/ticket-lock.ts'
import { conversationParts } from '../../lib/core/reply/conversation.ts'
import type { Conversation } from '../../lib/core/reply/reply.ts'
import type { TicketLock } from '../../lib/ports.ts'

interface Kept {
  issued: number
  issuedAtMs: number
  lock: LockState
}

/** A `TicketLock` for tests and for processes that share nothing. */
export const memoryTicketLock = (): TicketLock => {
  const locks = new Map<string, Kept>()
  const keyOf = (conversation: Conversation): string =>
    JSON.stringify(conversationParts(conversation))

  return {
    async queueUp(conversation, nowMs) {
      const key = keyOf(conversation)
      const before = locks.get(key)
      const { issued = 0, issuedAtMs: previousAtMs = 0 } = before ?? {}
      const lock = before?.lock ?? { serving: 1, keptUntilMs: 0 }
      locks.set(key, { issued: issued + 1, issuedAtMs: nowMs, lock })
      return { conversation, number: issued + 1, issuedAtMs: nowMs, previousAtMs }
    },

    async enter(ticket, holder) {
      const key = keyOf(ticket.conversation)
      const kept = locks.get(key)
      const entrance = enterLock(kept?.lock, ticket, holder)
      if (entrance.outcome !== 'passed' && entrance.next !== undefined) {
        const { issued = ticket.number, issuedAtMs = 0 } = kept ?? {}
        locks.set(key, { issued, issuedAtMs, lock: entrance.next })
      }
      return entrance.outcome
    },

    async stay({ conversation, number }, { id, nowMs, leaseMs }) {
      const kept = locks.get(keyOf(conversation))
      if (kept?.lock.serving !== number || kept.lock.heldBy !== id) return false
      kept.lock = { ...kept.lock, keptUntilMs: nowMs + leaseMs }
      return true
    },

    async leave(ticket, holder, leaving) {
      const kept = locks.get(keyOf(ticket.conversation))
      const isServed = kept?.lock.serving === ticket.number && kept.lock.heldBy === holder.id
      if (isServed) kept.lock = leaveLock(ticket, holder, leaving)
    },
  }
}
