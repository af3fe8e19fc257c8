import type { ReplyId } from '../reply/reply.ts'
import type { Turn } from './turn.ts'

/** A turn that was answered. */
export interface PastTurn {
  readonly replyId: ReplyId
  /** What the user wrote. */
  readonly asked: string
  /** As much of the answer as the user was shown. */
  readonly answered: string
}

/** What the source says a reply has used, where it says so. */
export interface SourceUsage {
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface SourceRequest {
  readonly turn: Turn
  /** The turns before it, oldest first; empty where nobody remembers. */
  readonly history: readonly PastTurn[]
  /** Aborts when nobody wants the rest: the source lets go of its connection at once. */
  readonly signal: AbortSignal
  /** May be called once. */
  readonly reportUsage: (usage: SourceUsage) => void
  /** Says that the other end is at work although there is no text yet. Absent where nobody waits. */
  readonly reportLife?: () => void
  /** Says what the user asked, where that had to be found out: what is remembered in place of the turn's text. */
  readonly reportAsked?: (text: string) => void
  /** Says that so many characters at the beginning of the text are shown, but no part of the answer. The last call counts. */
  readonly reportPreface?: (chars: number) => void
}
