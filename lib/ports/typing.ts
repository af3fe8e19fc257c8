import type { Conversation } from '../core/reply/reply.ts'

/** Shows users that a bot is at work. */
export interface TypingSignal {
  /** Shows it for a few seconds. Resolves once that is done, given up or aborted; never rejects, since nobody may wait or fail for it. */
  show(conversation: Conversation, signal: AbortSignal): Promise<void>
}
