import * as v from 'valibot'
import type { SingleCallback } from '../../core/conversation/callback.ts'
import type { Turn } from '../../core/conversation/turn.ts'
import { type Fields, scalarText } from '../../core/json.ts'
import type { Conversation, MsgKey, ReplyId } from '../../core/reply/reply.ts'
import { wellFormed } from '../../core/text/well-formed.ts'
import { attachmentsIn, customIn, type MessageElement, textIn } from './message-elements.ts'

/** `src` of the custom messages of the chatbot protocol that clients send. */
const INTERRUPT = '22'
const HELLO = '7'
/** `businessID` of the custom message by which clients show that somebody types. */
const TYPING = 'user_typing_status'

/** More than a message of the service can hold (12 KB), and less than one of the queue, however it is escaped there. */
const MAX_TURN_CHARS = 32_000

/** A name of at most so many bytes. */
export const nameOf = (maxBytes: number) =>
  v.pipe(v.string(), v.minBytes(1), v.maxBytes(maxBytes), v.regex(/^[^\p{Cc}\p{Surrogate}]*$/u))
export const account = nameOf(32)
const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** What the callback of every message carries. */
export const messageFields = {
  From_Account: account,
  MsgTime: v.nullish(time),
  EventTime: v.nullish(time),
  OnlineOnlyFlag: v.optional(v.unknown()),
  MsgBody: v.array(v.object({ MsgType: v.string(), MsgContent: v.optional(v.unknown()) })),
  CloudCustomData: v.nullish(v.string(), ''),
}

/** A message to a bot, from whichever callback. */
export interface ToBot {
  /** Names the message. */
  readonly msgKey: MsgKey
  /** Names its answer. */
  readonly replyId: ReplyId
  /** The answer's. */
  readonly conversation: Conversation
  readonly askedAtMs: number
  readonly elements: readonly MessageElement[]
  readonly customData: string
  readonly onlineOnly: boolean
  /** The text without what names the bot. */
  readonly withoutMention: (text: string) => string
  /** The message that a client stops, or judges, by the name it gives; `undefined` for what is no name. */
  readonly named: (name: string) => NamedMessage | undefined
}

interface NamedMessage {
  readonly msgKey: MsgKey
  readonly otherKey?: MsgKey
}

/** What a message wants of its bot. */
export const readToBot = (message: ToBot): SingleCallback => {
  const custom = customIn(message.elements)
  return readSignal(message, custom) ?? readTurn(message, custom.some(isOfSource(HELLO)))
}

export const isBot = (userId: string): boolean => userId.startsWith('@RBT#')

/** What a client tells the bot without its user's asking anything; `undefined` where the message is none of it. */
const readSignal = (message: ToBot, custom: readonly Fields[]): SingleCallback | undefined => {
  const { msgKey, onlineOnly, conversation } = message
  const interrupt = custom.find(isOfSource(INTERRUPT))
  if (interrupt !== undefined) {
    const stopped = message.named(scalarText(interrupt['msgKey']))
    return stopped === undefined
      ? { kind: 'malformed', field: 'MsgBody.Data.msgKey' }
      : { kind: 'interrupt', ...stopped, conversation }
  }
  const feedback = custom.find(({ tcs }) => tcs === 'feedback')
  if (feedback !== undefined) return readFeedback(feedback, message)
  // Kept nowhere, and nothing to read; or one of those by which clients show that somebody types.
  const isSilent = saysNothing(contentOf(message)) && !custom.some(isOfSource(HELLO))
  const isSignal = onlineOnly || custom.some(({ businessID: id }) => id === TYPING)
  return isSilent && isSignal ? { kind: 'dropped', reason: 'signal', msgKey } : undefined
}

const MAX_FEEDBACK_CHARS = 2_000

/** `{"tcs":"feedback","msgKey","value":"up"|"down","text"?}`, which the project's own clients send. */
const readFeedback = (
  { msgKey: judged, value, text }: Fields,
  { conversation, named }: ToBot,
): SingleCallback => {
  const msgKey = named(scalarText(judged))?.msgKey
  if (msgKey === undefined) return { kind: 'malformed', field: 'MsgBody.Data.msgKey' }
  if (value !== 'up' && value !== 'down') return { kind: 'malformed', field: 'MsgBody.Data.value' }
  const said = typeof text === 'string' ? wellFormed(text).slice(0, MAX_FEEDBACK_CHARS) : ''
  return { kind: 'feedback', msgKey, conversation, value, ...(said === '' ? {} : { text: said }) }
}

const readTurn = (message: ToBot, saysHello: boolean): SingleCallback => {
  const { msgKey, replyId, conversation, askedAtMs } = message
  const content = contentOf(message)
  if (JSON.stringify(content).length > MAX_TURN_CHARS) {
    return { kind: 'dropped', reason: 'too-long', msgKey }
  }
  const aside = saysHello && saysNothing(content) ? ({ aside: 'hello' } as const) : {}
  return { kind: 'turn', turn: { replyId, conversation, askedAtMs, ...content, ...aside } }
}

type TurnContent = Pick<Turn, 'text' | 'attachments' | 'customData'>

const saysNothing = ({ text, attachments }: TurnContent): boolean =>
  text.trim() === '' && attachments === undefined

/** What the user sent. */
const contentOf = ({ elements, customData: data, withoutMention }: ToBot): TurnContent => {
  const attachments = attachmentsIn(elements)
  const customData = wellFormed(data)
  return {
    text: withoutMention(textIn(elements)),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(customData === '' ? {} : { customData }),
  }
}

const isOfSource =
  (source: string) =>
  ({ src, chatbotPlugin }: Fields): boolean =>
    scalarText(src) === source && chatbotPlugin !== undefined
