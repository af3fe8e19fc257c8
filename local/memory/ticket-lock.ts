import { enterLine, type Line, leaveLine } from '../../lib/core/conversation/ticket-lock.ts'
import type { Conversation } from '../../lib/core/reply/reply.ts'
import type { ConversationLine } from '../../lib/ports.ts'

interface Kept {
  issued: number
  issuedAtMs: number
  line: Line
}

/** A `ConversationLine` for tests and for processes that share nothing. */
export const memoryConversationLine = (): ConversationLine => {
  const lines = new Map<string, Kept>()
  const keyOf = ({ from, to }: Conversation): string => JSON.stringify([from, to])

  return {
    async queueUp(conversation, nowMs) {
      const key = keyOf(conversation)
      const before = lines.get(key)
      const { issued = 0, issuedAtMs: previousAtMs = 0 } = before ?? {}
      const line = before?.line ?? { serving: 1, keptUntilMs: 0 }
      lines.set(key, { issued: issued + 1, issuedAtMs: nowMs, line })
      return { conversation, ticket: issued + 1, issuedAtMs: nowMs, previousAtMs }
    },

    async enter(place, attendant) {
      const key = keyOf(place.conversation)
      const kept = lines.get(key)
      const entrance = enterLine(kept?.line, place, attendant)
      if (entrance.outcome !== 'passed' && entrance.next !== undefined) {
        const { issued = place.ticket, issuedAtMs = 0 } = kept ?? {}
        lines.set(key, { issued, issuedAtMs, line: entrance.next })
      }
      return entrance.outcome
    },

    async stay({ conversation, ticket }, { holder, nowMs, leaseMs }) {
      const kept = lines.get(keyOf(conversation))
      if (kept?.line.serving !== ticket || kept.line.holder !== holder) return false
      kept.line = { ...kept.line, keptUntilMs: nowMs + leaseMs }
      return true
    },

    async leave(place, attendant, leaving) {
      const kept = lines.get(keyOf(place.conversation))
      const isServed = kept?.line.serving === place.ticket && kept.line.holder === attendant.holder
      if (isServed) kept.line = leaveLine(place, attendant, leaving)
    },
  }
}
