import {
  enterLock,
  keptEvent,
  type LockState,
  leaveLock,
  movedLock,
  type WakeEvent,
} from '../../lib/core/conversation/ticket-lock.ts'
import { conversationParts } from '../../lib/core/reply/conversation.ts'
import type { Conversation } from '../../lib/core/reply/reply.ts'
import type { TicketLock } from '../../lib/ports.ts'

interface Kept {
  issued: number
  issuedAtMs: number
  lock: LockState
  /** Of those who wait, by their tickets. */
  readonly events: Map<number, string>
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
      const events = before?.events ?? new Map<number, string>()
      locks.set(key, { issued: issued + 1, issuedAtMs: nowMs, lock, events })
      return { conversation, number: issued + 1, issuedAtMs: nowMs, previousAtMs }
    },

    async enter(ticket, holder, event) {
      const key = keyOf(ticket.conversation)
      const kept = locks.get(key)
      const entrance = enterLock(kept?.lock, ticket, holder)
      if ('next' in entrance && entrance.next !== undefined) {
        const { issued = ticket.number, issuedAtMs = 0, events = new Map() } = kept ?? {}
        locks.set(key, { issued, issuedAtMs, lock: movedLock(kept?.lock, entrance.next), events })
      }
      const encoded = entrance.outcome === 'waiting' && keptEvent(kept?.lock, ticket, event)
      if (encoded) kept?.events.set(ticket.number, encoded)
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
      if (!isServed) return undefined
      kept.lock = movedLock(kept.lock, leaveLock(ticket, holder, leaving))
      kept.events.delete(ticket.number)
      const encoded = kept.events.get(kept.lock.serving)
      return encoded === undefined ? undefined : (JSON.parse(encoded) as WakeEvent)
    },
  }
}
