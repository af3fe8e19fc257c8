import type { Conversation, ReplyId } from './reply.ts'

/** The rest of a reply, for the next invocation. */
export interface Continuation {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  /** The epoch that hands over; with the id it names this hand-over, so that a repeated one is dropped. */
  readonly epoch: number
}
