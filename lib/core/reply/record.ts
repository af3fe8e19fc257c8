import type { Turn } from '../conversation/turn.ts'
import type { Attempt } from './attempt.ts'
import {
  type Conversation,
  isSameConversation,
  type Progress,
  type ReplyFailure,
  type ReplyId,
  type ReplyKind,
  type ReplyStatus,
} from './reply.ts'

/** A reply as the store holds it. */
export interface ReplyRecord {
  readonly replyId: ReplyId
  readonly kind: ReplyKind
  /** Absent only while a pushed reply waits for the chunk that names its conversation. */
  readonly conversation?: Conversation
  readonly status: ReplyStatus
  /** Raised by each take-over; a write under an older epoch is refused. */
  readonly epoch: number
  /** Until when the holder of the epoch alone may write; 0 when the lease is free. */
  readonly leaseUntilMs: number
  readonly cancelRequested: boolean
  readonly progress: Progress
  readonly failure?: ReplyFailure
  readonly createdAtMs: number
  /** For `whole` replies: characters a second at which the text appears. */
  readonly charsPerSecond?: number
  /** For `whole` replies: true when each piece is one call. */
  readonly piecewise: boolean
  /** For `whole` replies: `orderHash` of what it was made of; absent in records of earlier versions. */
  readonly orderHash?: string
  /** For `turn` replies: what their source is asked again with; absent where it could not go on. */
  readonly turn?: Turn
  /** For `pushed` replies. */
  readonly inbox: Inbox
  /** The sweeper's newest attempt; absent where there was none since the text last moved on. */
  readonly attempt?: Attempt
}

/** What the sweeper must know of a reply before it takes it over: it can be had of a record that is broken, too. */
export interface Orphan {
  readonly kind: ReplyKind | undefined
  readonly epoch: number
  readonly leaseUntilMs: number
  readonly sentChars: number
  readonly attempt?: Attempt
}

/** Orphans that no sweep has tried since their text last moved on, and those that one has. */
export type OrphanGroup = 'untried' | 'tried'

/** When a take-over happens, and how long the lease lasts. */
export interface TakeOverTimes {
  readonly nowMs: number
  readonly leaseUntilMs: number
  /** Given by the sweeper. Written with the lease, so that an attempt that ends in a death counts. */
  readonly attempt?: Attempt
}

/** Chunks pushed to a reply and not yet recorded as sent. */
export interface Inbox {
  /** By seq; taken chunks stay until the progress that covers them is recorded. */
  readonly chunks: ReadonlyMap<number, string>
  /** The first seq that was never recorded as taken. */
  readonly nextSeq: number
  /** Text of recorded-as-taken chunks that waits for more (the last cluster). */
  readonly heldText: string
  /** The seq that carries `finish`, once known. */
  readonly finishSeq?: number
  /** Counts every stored push; tells a holder whether something new has come. */
  readonly pushes: number
}

export interface NewReply {
  readonly replyId: ReplyId
  readonly kind: 'whole' | 'turn'
  readonly conversation: Conversation
  readonly createdAtMs: number
  readonly progress: Progress
  /** For `whole`: the text. Stored before the record, so a record never lacks its text. */
  readonly pieces?: readonly string[]
  readonly piecewise: boolean
  readonly charsPerSecond?: number
  /** For `whole`: `orderHash` of what was asked for. */
  readonly orderHash?: string
  /** For `turn`, where its source can go on in another process. */
  readonly turn?: Turn
}

/** Where a writer stands after a write under its epoch. */
export type LeaseState =
  | { readonly held: true; readonly cancelRequested: boolean; readonly inbox: Inbox }
  /** Another writer has taken over, or the reply has ended: send nothing more. */
  | { readonly held: false }

export type TakeOver =
  | { readonly outcome: 'taken'; readonly record: ReplyRecord }
  /** Somebody else's lease still runs. */
  | { readonly outcome: 'held'; readonly record: ReplyRecord }
  | { readonly outcome: 'ended'; readonly record: ReplyRecord }
  | { readonly outcome: 'absent' }

/** Chunks taken from the inbox, recorded in the same write as the progress that covers them. */
export interface InboxTaken {
  /** Every chunk below this seq is done with. */
  readonly nextSeq: number
  readonly heldText: string
}

export interface ProgressWrite {
  readonly progress: Progress
  /** Renews the lease when given. */
  readonly leaseUntilMs?: number
  readonly taken?: InboxTaken
  /** True forgets the sweeper's attempts. */
  readonly movedOn?: boolean
}

/** What is recorded as a lease is given up. */
export interface ReleaseWrite extends Omit<ProgressWrite, 'leaseUntilMs'> {
  /** How many pushes the holder has seen. */
  readonly pushes: number
  /** When the sweeper looks at the reply if nothing more arrives. */
  readonly sweepAtMs: number
}

/** How a reply ends. */
export interface EndWrite {
  readonly status: Exclude<ReplyStatus, 'open'>
  readonly progress: Progress
  readonly failure?: ReplyFailure
  /** When the sweeper looks once more for messages missing from the record. */
  readonly lookAgainAtMs?: number
}

export interface PushTimes {
  readonly nowMs: number
  readonly leaseUntilMs: number
  /** What a new reply is dated; `nowMs` where absent. */
  readonly createdAtMs?: number
}

export interface PushedChunk {
  readonly seq: number
  readonly text: string
  readonly finish: boolean
  readonly conversation?: Conversation
  /**
   * True where its pusher writes for certain bots alone: it begins a reply of its `conversation` or goes into one that has it
   * already, and never says whose a reply is that others began.
   */
  readonly bound?: true
}

export type PushOutcome =
  /** Stored, and the caller now holds the lease at `record.epoch`: drain. */
  | { readonly outcome: 'holder'; readonly record: ReplyRecord }
  /** Stored (or known already) and somebody else drains it. */
  | { readonly outcome: 'stored'; readonly record: ReplyRecord }
  /** Known already, and nothing is left to do for it. */
  | { readonly outcome: 'repeated'; readonly record: ReplyRecord }
  | { readonly outcome: 'ended'; readonly record: ReplyRecord }
  | { readonly outcome: 'otherConversation'; readonly record: ReplyRecord }
  /** A chunk of that seq waits already, and has another text. */
  | { readonly outcome: 'otherText'; readonly record: ReplyRecord }
  /** Too much waits for a missing seq. */
  | { readonly outcome: 'full'; readonly record: ReplyRecord }

/** The record, but for one that is not of the conversation given. */
export const onlyWithin = (
  record: ReplyRecord | undefined,
  conversation: Conversation | undefined,
): ReplyRecord | undefined => {
  if (record === undefined || conversation === undefined) return record
  const own = record.conversation
  return own !== undefined && isSameConversation(own, conversation) ? record : undefined
}
