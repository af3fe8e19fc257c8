import { fieldsOf } from '../json.ts'
import type { Conversation, MsgKey, ReplyId } from '../reply/reply.ts'
import { parseReplyId } from '../reply/reply-id.ts'

/** One message of a user that wants an answer. */
export interface Turn {
  /** Names the answer; derived from the message, so that a repeated turn finds the work done. */
  readonly replyId: ReplyId
  /** The answer's: from the bot to the user. */
  readonly conversation: Conversation
  /** What the user wrote; never empty. */
  readonly text: string
  /** When the user wrote it, in milliseconds since the Unix epoch. */
  readonly askedAtMs: number
  /** What the client sent along with the message for the bot alone; absent where it sent nothing. */
  readonly customData?: string
}

const msgKeyPattern = /^\d{1,10}_\d{1,10}_\d{1,10}$/

/** The text as a MsgKey, `seq_random_unixSeconds`; `undefined` where it cannot be one. */
export const parseMsgKey = (text: string): MsgKey | undefined =>
  msgKeyPattern.test(text) ? (text as MsgKey) : undefined

/** Names the answer to the message of this MsgKey. */
export const turnReplyId = (msgKey: MsgKey): ReplyId => `turn:${msgKey}` as ReplyId

/** Reads a turn as `JSON.stringify` wrote it; `undefined` for anything else. */
export const parseTurn = (value: unknown): Turn | undefined => {
  const { replyId, conversation, text, askedAtMs, customData } = fieldsOf(value)
  const { from, to } = fieldsOf(conversation)
  const named = parseReplyId(replyId)
  if (named === undefined || typeof text !== 'string' || typeof askedAtMs !== 'number') {
    return undefined
  }
  if (typeof from !== 'string' || typeof to !== 'string') return undefined
  const turn = { replyId: named, conversation: { from, to }, text, askedAtMs }
  return typeof customData === 'string' ? { ...turn, customData } : turn
}
