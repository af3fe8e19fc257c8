import type { FenceState } from '../text/fence.ts'
import type { SourcePlace } from './source-place.ts'

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Names a reply: 1–128 of `A-Z a-z 0-9 . _ : -`. Made by `parseReplyId` only. */
export type ReplyId = Brand<string, 'ReplyId'>

/** Tencent's name of one message, `seq_random_unixSeconds`. */
export type MsgKey = Brand<string, 'MsgKey'>

export type ReplyStatus = 'open' | 'finished' | 'interrupted' | 'failed'

/**
 * Where a reply's text comes from, which decides how another invocation can go on with it:
 * `whole` is stored before the first call, `pushed` arrives chunk by chunk in the store,
 * `turn` exists only in the worker that reads its source.
 */
export type ReplyKind = 'whole' | 'pushed' | 'turn'

/** The two ends of a conversation: the bot that sends, and the user or the group that reads. */
export interface Conversation {
  readonly from: string
  readonly to: string
  /** Present where `to` is a group. */
  readonly group?: GroupPlace
}

export interface GroupPlace {
  /** Who asked: the reply names them, and nobody else may stop it. Absent where nobody asked. */
  readonly asker?: string
  /** The topic of a community. */
  readonly topic?: string
}

export const isSameConversation = (a: Conversation, b: Conversation): boolean =>
  conversationText(a) === conversationText(b)

/** Always the same text for the same conversation, so that a condition can compare it: JSON of the conversation. */
export const conversationText = ({ from, to, group }: Conversation): string =>
  JSON.stringify({ from, to, ...(group === undefined ? {} : { group: placeOf(group) }) })

/** The fields that are there, always in the same order. */
export const placeOf = ({ asker, topic }: GroupPlace): GroupPlace => ({
  ...(asker === undefined ? {} : { asker }),
  ...(topic === undefined ? {} : { topic }),
})

/** How a message is written: by `send_stream_msg`, by Tencent's newer streams, or whole again with each call. */
export type WayName = 'stream_msg' | 'native' | 'modify'

/** What is known to be applied of the message that is being streamed. */
export interface MessageProgress {
  /** Absent until the service has named the message. */
  readonly msgKey?: MsgKey
  /** UTF-16 units known to be applied, fences added by a rollover included. */
  readonly chars: number
  /** `hashText` of those characters. */
  readonly hash: string
  /** Encoded size of the message so far, in bytes. */
  readonly bytes: number
  /** Whether the applied text ends inside a code fence. */
  readonly fence: FenceState
  /** Added before the message's first text: reopens the fence that the last rollover closed, or names who asked. */
  readonly reopen: string
  /** Calls applied to it; absent where its way needs no number. */
  readonly index?: number
  /** Its text, as much from the start as its way takes along. */
  readonly text?: string
  /** When its first call began. */
  readonly openedAtMs?: number
}

/** A call of a way that can be repeated, as it was planned: until its answer is known, no other is made in its place. */
export interface CallUnderWay {
  readonly text: string
  /** UTF-16 units of the reply's own text that it carries. */
  readonly taken: number
  readonly ends: 'nothing' | 'message' | 'reply'
  /** What the next message opens with. */
  readonly reopen: string
  readonly truncated: boolean
  /** When it was first about to be made. */
  readonly atMs: number
}

/**
 * A call that was to open a message, of which nobody knows yet which message that is. Without the text, which may die with its
 * writer, it tells that message from those of others.
 */
export interface Opening {
  /** Where in the reply's own text the chunk begins. */
  readonly atChars: number
  /** UTF-16 units of the chunk, and their `hashText`. */
  readonly chars: number
  readonly hash: string
  readonly finish: boolean
  /** Not before and not after, by the service's clock with its error, in ms; without an end while the call may be under way. */
  readonly fromMs: number
  readonly untilMs?: number
}

/** What a rollover adds to a text. */
export interface Rollover {
  /** Behind the text of the message that it finishes; empty outside of a code fence. */
  readonly close: string
  /** What the next message opens with. */
  readonly reopen: string
}

/** How far a reply has come. Plain data: it is stored, and another invocation goes on from it. */
export interface Progress {
  /** Every message of the reply, oldest first. */
  readonly msgKeys: readonly MsgKey[]
  readonly message: MessageProgress
  /** UTF-16 units of the reply's own text known to be applied. */
  readonly sentChars: number
  /** The last chunk, as its producer numbered them, that was applied whole; -1 for none. */
  readonly sentSeq: number
  /** How its messages are written; absent for `stream_msg`. */
  readonly way?: WayName
  /** Absent where the last answer is known, and for `stream_msg`. */
  readonly underWay?: CallUnderWay
  /** When the newest answer of a call was lost that can be repeated: until some time later it may still be applied. */
  readonly lostAtMs?: number
  /** Calls that carried text, repeated ones included. */
  readonly calls: number
  /** Calls that repeated an earlier one. */
  readonly retries: number
  /** Calls whose answer never came. */
  readonly lostAnswers: number
  /** Chunks that may or may not have been applied. */
  readonly inDoubt: number
  /** True when text was dropped because the reply filled the greatest number of messages. */
  readonly truncated: boolean
  /** While a call is under way that finishes a message in the middle of a text which nobody but its writer has. */
  readonly rollingOver?: Rollover
  /** Where the source of the text can go on; absent where it cannot, or has said nothing yet. */
  readonly source?: SourcePlace
  /** Calls whose message is unknown, oldest first; absent when there are none. */
  readonly openings?: readonly Opening[]
  /** Messages that the text went on without, of which nobody knows that they are closed; absent when there are none. */
  readonly leftOpen?: readonly MsgKey[]
  /** The newest epoch whose writer is known to have left no call under way; 0 when there was none before. */
  readonly settledEpoch: number
  /** When the newest call began; a message opened by a lost call is not older than this. */
  readonly lastCallAtMs: number
  /** When the first text was known to be applied. */
  readonly firstTextAtMs?: number
  /** When the newest text was known to be applied. */
  readonly lastTextAtMs?: number
}

/** Why a reply ended `failed`. `code` is the ErrorCode that Tencent answered, where it did. */
export interface ReplyFailure {
  readonly reason:
    | 'refused'
    | 'source-failed'
    /** The text was longer than the messages that one reply may fill. */
    | 'too-long'
    /** The model ended the answer for its length. */
    | 'cut'
    /** The model, or the service that it runs at, held the answer or its rest back. */
    | 'withheld'
    | 'unreachable'
    | 'orphaned'
    | 'chunk-missing'
    | 'poisoned'
  readonly code?: number
  /** One plain sentence for the reply's owner; never text of a user, never a credential. */
  readonly detail: string
}

const endings: ReadonlySet<ReplyStatus> = new Set(['finished', 'interrupted', 'failed'])

/** True once nothing more may be sent for a reply. */
export const hasEnded = (status: ReplyStatus): boolean => endings.has(status)
