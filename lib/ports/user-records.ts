import type { NotedTurn } from '../core/conversation/user-limits.ts'
import type { Conversation, ReplyId } from '../core/reply/reply.ts'

/** What was known of a user of a bot before a turn was noted. */
export interface UserState {
  /** In no order. */
  readonly turns: readonly NotedTurn[]
  /** Until when a person answers in the bot's place, in Unix ms; absent where nobody has taken over. */
  readonly pausedUntilMs?: number
}

/**
 * What is known of a user of a bot beside replies and history: which turns came lately, and whether a person has taken over.
 * Each change is one atomic write. Every method throws `OutOfReach`.
 */
export interface UserRecords {
  /** Adds a turn to those that came lately; one that is there already stays once. With what was known before it. */
  note(conversation: Conversation, turn: NotedTurn): Promise<UserState>
  /** Takes turns off again. */
  drop(conversation: Conversation, turns: readonly NotedTurn[]): Promise<void>
  /** Has a person answer in the bot's place until then; in the place of a pause that there is. */
  pause(conversation: Conversation, untilMs: number): Promise<void>
  /** Gives the conversation back to the bot. */
  resume(conversation: Conversation): Promise<void>
  /** True for the turn that is the first to ask since the pause began, and true again for the same. */
  claimPauseNotice(conversation: Conversation, replyId: ReplyId): Promise<boolean>
  /** Forgets all of it. */
  forget(conversation: Conversation): Promise<void>
}
