import { fieldsOf } from '../json.ts'
import { parseConversation } from '../reply/conversation.ts'
import type { Conversation, MsgKey, ReplyId } from '../reply/reply.ts'
import { parseReplyId } from '../reply/reply-id.ts'
import { type Attachment, parseAttachments } from './attachment.ts'

/** Why a turn is answered without its source. */
export type Aside =
  /** The user's client asks for a greeting. */
  | 'hello'
  /** The user writes more than is answered. */
  | 'busy'
  /** A person answers in the bot's place. */
  | 'paused'

const asides: readonly Aside[] = ['hello', 'busy', 'paused']

/** One message of a user that wants an answer. */
export interface Turn {
  /** Names the answer; derived from the message, so that a repeated turn finds the work done. */
  readonly replyId: ReplyId
  /** The answer's: from the bot to the user. */
  readonly conversation: Conversation
  /** What the user wrote; empty where they sent attachments alone, or nothing that anybody here can read. */
  readonly text: string
  /** What came with the text, in the order of the message; absent where nothing did. */
  readonly attachments?: readonly Attachment[]
  /** Absent where the source is asked. */
  readonly aside?: Aside
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
  const { replyId, conversation, text, askedAtMs, customData, ...more } = fieldsOf(value)
  const named = parseReplyId(replyId)
  if (named === undefined || typeof text !== 'string' || typeof askedAtMs !== 'number') {
    return undefined
  }
  const addressed = parseConversation(conversation)
  if (addressed === undefined) return undefined
  const attachments = parseAttachments(more['attachments'])
  const aside = asides.find((one) => one === more['aside'])
  return {
    replyId: named,
    conversation: addressed,
    text,
    askedAtMs,
    ...(typeof customData === 'string' ? { customData } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
    ...(aside === undefined ? {} : { aside }),
  }
}

/** A turn's text as a conversation of many shows it: with who said it, in a group. */
export const saidIn = ({ conversation: { group }, text }: Turn): string =>
  group?.asker === undefined ? text : `${group.asker}: ${text}`

/** Turns of one lane are answered one after another. Nobody who is turned away waits behind the long answers of others. */
export const laneOf = ({ conversation, aside }: Turn): Conversation =>
  aside === 'busy' ? { ...conversation, to: `${conversation.to} (${aside})` } : conversation
