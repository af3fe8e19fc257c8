import { newestTurns, withTurn } from '../../lib/core/conversation/bounded-history.ts'
import type { PastTurn } from '../../lib/core/conversation/source-request.ts'
import { sharedParts } from '../../lib/core/reply/conversation.ts'
import type { Conversation } from '../../lib/core/reply/reply.ts'
import type { Clock, ConversationHistory } from '../../lib/ports.ts'

interface Remembered {
  readonly turns: readonly PastTurn[]
  readonly untilMs: number
}

/** A `ConversationHistory` for tests and for a process that shares nothing. */
export const memoryHistory = ({
  clock,
  maxTurns,
  hours,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly maxTurns: number
  readonly hours: number
}): ConversationHistory => {
  const conversations = new Map<string, Remembered>()

  const keyOf = (conversation: Conversation): string => JSON.stringify(sharedParts(conversation))
  const turnsOf = (conversation: Conversation): readonly PastTurn[] => {
    const { turns, untilMs } = conversations.get(keyOf(conversation)) ?? { turns: [], untilMs: 0 }
    return untilMs > clock.now() ? turns : []
  }

  return {
    async recall(conversation) {
      return newestTurns(turnsOf(conversation), maxTurns)
    },
    async remember(conversation, turn) {
      const turns = withTurn(turnsOf(conversation), turn, maxTurns)
      if (turns === undefined) return
      const untilMs = clock.now() + hours * 3_600_000
      conversations.set(keyOf(conversation), { turns, untilMs })
    },
    async forget(conversation) {
      conversations.delete(keyOf(conversation))
    },
  }
}
