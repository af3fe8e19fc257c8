import type { NotedTurn } from '../../lib/core/conversation/user-limits.ts'
import { conversationParts } from '../../lib/core/reply/conversation.ts'
import type { Conversation, ReplyId } from '../../lib/core/reply/reply.ts'
import type { Clock, UserRecords } from '../../lib/ports.ts'

interface Known {
  readonly turns: Map<ReplyId, NotedTurn>
  pausedUntilMs?: number | undefined
  pauseNoticeOf?: ReplyId | undefined
}

/** `UserRecords` for tests and for a process that shares nothing. */
export const memoryUserRecords = ({
  clock,
}: {
  readonly clock: Pick<Clock, 'now'>
}): UserRecords => {
  const users = new Map<string, Known>()
  const keyOf = (conversation: Conversation) => JSON.stringify(conversationParts(conversation))
  const knownOf = (conversation: Conversation): Known => {
    const key = keyOf(conversation)
    const known = users.get(key) ?? { turns: new Map() }
    users.set(key, known)
    return known
  }

  return {
    async note(conversation, turn) {
      const { turns, pausedUntilMs = 0 } = knownOf(conversation)
      const before = [...turns.values()]
      turns.set(turn.replyId, turn)
      return { turns: before, ...(pausedUntilMs > clock.now() ? { pausedUntilMs } : {}) }
    },
    async drop(conversation, gone) {
      for (const { replyId } of gone) knownOf(conversation).turns.delete(replyId)
    },
    async pause(conversation, untilMs) {
      Object.assign(knownOf(conversation), { pausedUntilMs: untilMs, pauseNoticeOf: undefined })
    },
    async resume(conversation) {
      Object.assign(knownOf(conversation), { pausedUntilMs: undefined, pauseNoticeOf: undefined })
    },
    async claimPauseNotice(conversation, replyId) {
      const known = knownOf(conversation)
      known.pauseNoticeOf ??= replyId
      return known.pauseNoticeOf === replyId
    },
    async forget(conversation) {
      users.delete(keyOf(conversation))
    },
  }
}
