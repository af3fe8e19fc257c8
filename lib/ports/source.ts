import type { AttachmentKind } from '../core/conversation/attachment.ts'
import type { SourceDelta } from '../core/conversation/source-delta.ts'
import type { PastTurn, SourceRequest } from '../core/conversation/source-request.ts'
import type { Conversation } from '../core/reply/reply.ts'

/**
 * Where a reply's text comes from: deltas of any size, in order, ended with the reply's end. A source that cannot go on
 * throws; the reply is then closed with a notice and the turn is not asked again. `TextBrokenOff` says of what kind the end is
 * (`source-failed`, `cut` or `withheld`) and carries a sentence for the bot's owner, which must show neither a credential nor
 * a text of the user.
 */
export interface ReplySource {
  (request: SourceRequest): AsyncIterable<SourceDelta>
  /** True for a source that remembers nothing itself, and must be given the conversation's last turns. */
  readonly wantsHistory?: boolean
  /**
   * The kinds of attachments that it can do something with; none where absent. It is asked where the turn has text or one of
   * these, and sees no other attachment.
   */
  readonly takes?: readonly AttachmentKind[]
  /** How it goes on with an answer that it began; absent where it cannot. */
  readonly resumption?: Resumption
}

/**
 * How a source goes on with an answer, in another process too. Both ways give what follows, as the source itself would have,
 * and throw as it does; trouble that may pass is told by `mayPass`.
 */
export type Resumption =
  /** By the cursor of a delta: what follows that one, once more where it was read before. */
  | {
      readonly by: 'cursor'
      readonly resume: (request: SourceRequest, cursor: string) => AsyncIterable<SourceDelta>
      /** Tells the other end that nobody wants the rest. Never rejects. Absent where letting go of the connection says so. */
      readonly cancel?: (cursor: string, signal: AbortSignal) => Promise<void>
    }
  /** By what was said so far: what follows it. */
  | {
      readonly by: 'text'
      readonly resume: (request: SourceRequest, said: string) => AsyncIterable<SourceDelta>
    }

/** The last turns of each conversation, bounded in number and size. Every method throws `OutOfReach`. */
export interface ConversationHistory {
  /** Oldest first; empty when nothing is remembered. */
  recall(conversation: Conversation): Promise<readonly PastTurn[]>
  /** Adds a turn, atomically; one that is remembered already changes nothing. Drops the oldest where the bound is passed. */
  remember(conversation: Conversation, turn: PastTurn): Promise<void>
  /** Forgets all of a conversation at once; a turn that is remembered after that is its first. */
  forget(conversation: Conversation): Promise<void>
}

/**
 * What a service that remembers conversations itself knows them by: one name for each conversation, forgotten with its history.
 * Both methods throw `OutOfReach`.
 */
export interface ServiceConversations {
  /** `undefined` where the conversation is new, or begins anew. */
  recall(conversation: Conversation): Promise<string | undefined>
  /** Keeps the name in place of another one, and counts the time anew. */
  keep(conversation: Conversation, name: string): Promise<void>
}
