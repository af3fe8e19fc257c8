import * as v from 'valibot'
import type { Callback, DropReason } from '../../core/conversation/callback.ts'
import { parseMsgKey, type Turn, turnReplyId } from '../../core/conversation/turn.ts'
import { type Fields, isObject, parsedJson, scalarText } from '../../core/json.ts'
import type { Conversation, MsgKey } from '../../core/reply/reply.ts'
import { wellFormed } from '../../core/text/well-formed.ts'
import { attachmentsIn, customIn, textIn } from './message-elements.ts'

/** Both speak of a message from one account to another, with the same body. */
const messageCommands: ReadonlySet<string> = new Set([
  'Bot.OnC2CMessage',
  'C2C.CallbackAfterSendMsg',
])
const GROUP_COMMAND = 'Bot.OnGroupMessage'

/** `src` of the custom messages of the chatbot protocol that clients send. */
const INTERRUPT = '22'
const HELLO = '7'
/** `businessID` of the custom message by which clients show that somebody types. */
const TYPING = 'user_typing_status'

/** More than a message of the service can hold (12 KB), and less than one of the queue, however it is escaped there. */
const MAX_TURN_CHARS = 32_000

const account = v.pipe(
  v.string(),
  v.minBytes(1),
  v.maxBytes(32),
  v.regex(/^[^\p{Cc}\p{Surrogate}]*$/u),
)
const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const messageBody = v.object({
  From_Account: account,
  To_Account: account,
  MsgKey: v.pipe(
    v.string(),
    v.rawTransform<string, MsgKey>(({ dataset, addIssue, NEVER }) => {
      const msgKey = parseMsgKey(dataset.value)
      if (msgKey === undefined) addIssue()
      return msgKey ?? NEVER
    }),
  ),
  MsgTime: v.nullish(time),
  EventTime: v.nullish(time),
  SendMsgResult: v.nullish(v.number(), 0),
  OnlineOnlyFlag: v.optional(v.unknown()),
  MsgBody: v.array(v.object({ MsgType: v.string(), MsgContent: v.optional(v.unknown()) })),
  CloudCustomData: v.nullish(v.string(), ''),
})

type MessageBody = v.InferOutput<typeof messageBody>

/**
 * Reads a callback whose query says `CallbackCommand=command` (documents 1047/68952, 1047/68953). Takes any body: what cannot
 * be read is `malformed`. Unknown fields count for nothing.
 */
export const parseCallback = (command: string, body: string): Callback => {
  const isMessage = messageCommands.has(command)
  if (!isMessage && command !== GROUP_COMMAND) {
    return { kind: 'unknown', command: command.replace(/[^\w.]/g, '?').slice(0, 64) }
  }
  const content = parsedJson(body)
  if (!isObject(content)) return { kind: 'malformed', field: 'body' }
  if ((content['CallbackCommand'] ?? command) !== command) {
    return { kind: 'malformed', field: 'CallbackCommand' }
  }
  if (!isMessage) return { kind: 'group' }
  const parsed = v.safeParse(messageBody, content)
  return parsed.success
    ? readMessage(parsed.output)
    : { kind: 'malformed', field: v.getDotPath(parsed.issues[0]) ?? 'body' }
}

const readMessage = (message: MessageBody): Callback => {
  const { From_Account: user, To_Account: bot, MsgKey: msgKey } = message
  const drop = (reason: DropReason): Callback => ({ kind: 'dropped', reason, msgKey })
  if (isBot(user)) return drop('from-bot')
  if (!isBot(bot)) return drop('to-no-bot')
  if (message.SendMsgResult !== 0) return drop('not-sent')

  const custom = customIn(message.MsgBody)
  return readSignal(message, custom) ?? readTurn(message, custom.some(isOfSource(HELLO)))
}

/** The answer's: from the bot to the user. */
const conversationOf = ({ From_Account: user, To_Account: bot }: MessageBody): Conversation => ({
  from: bot,
  to: user,
})

/** What a client tells the bot without its user's asking anything; `undefined` where the message is none of it. */
const readSignal = (message: MessageBody, custom: readonly Fields[]): Callback | undefined => {
  const { MsgKey: msgKey, OnlineOnlyFlag: onlineOnly } = message
  const interrupt = custom.find(isOfSource(INTERRUPT))
  if (interrupt !== undefined) {
    const streamed = parseMsgKey(scalarText(interrupt['msgKey']))
    return streamed === undefined
      ? { kind: 'malformed', field: 'MsgBody.Data.msgKey' }
      : { kind: 'interrupt', msgKey: streamed, conversation: conversationOf(message) }
  }
  const feedback = custom.find(({ tcs }) => tcs === 'feedback')
  if (feedback !== undefined) return readFeedback(feedback, conversationOf(message))
  // Kept nowhere, and nothing to read; or one of those by which clients show that somebody types.
  const isSilent = saysNothing(contentOf(message)) && !custom.some(isOfSource(HELLO))
  const isSignal = onlineOnly === 1 || custom.some(({ businessID: id }) => id === TYPING)
  return isSilent && isSignal ? { kind: 'dropped', reason: 'signal', msgKey } : undefined
}

const MAX_FEEDBACK_CHARS = 2_000

/** `{"tcs":"feedback","msgKey","value":"up"|"down","text"?}`, which the project's own clients send. */
const readFeedback = (
  { msgKey: judged, value, text }: Fields,
  conversation: Conversation,
): Callback => {
  const msgKey = parseMsgKey(scalarText(judged))
  if (msgKey === undefined) return { kind: 'malformed', field: 'MsgBody.Data.msgKey' }
  if (value !== 'up' && value !== 'down') return { kind: 'malformed', field: 'MsgBody.Data.value' }
  const said = typeof text === 'string' ? wellFormed(text).slice(0, MAX_FEEDBACK_CHARS) : ''
  return { kind: 'feedback', msgKey, conversation, value, ...(said === '' ? {} : { text: said }) }
}

const readTurn = (message: MessageBody, saysHello: boolean): Callback => {
  const { MsgKey: msgKey } = message
  const content = contentOf(message)
  if (JSON.stringify(content).length > MAX_TURN_CHARS) {
    return { kind: 'dropped', reason: 'too-long', msgKey }
  }
  const turn: Turn = {
    replyId: turnReplyId(msgKey),
    conversation: conversationOf(message),
    askedAtMs: message.EventTime ?? sentAtSeconds(message) * 1_000,
    ...content,
    ...(saysHello && saysNothing(content) ? { aside: 'hello' } : {}),
  }
  return { kind: 'turn', turn }
}

type TurnContent = Pick<Turn, 'text' | 'attachments' | 'customData'>

const saysNothing = ({ text, attachments }: TurnContent): boolean =>
  text.trim() === '' && attachments === undefined

/** What the user sent. */
const contentOf = ({ MsgBody: elements, CloudCustomData: data }: MessageBody): TurnContent => {
  const attachments = attachmentsIn(elements)
  const customData = wellFormed(data)
  return {
    text: textIn(elements),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(customData === '' ? {} : { customData }),
  }
}

const isOfSource =
  (source: string) =>
  ({ src, chatbotPlugin }: Fields): boolean =>
    scalarText(src) === source && chatbotPlugin !== undefined

const isBot = (userId: string): boolean => userId.startsWith('@RBT#')

/** A MsgKey ends with the time of its message. */
const sentAtSeconds = ({ MsgTime, MsgKey: msgKey }: MessageBody): number =>
  MsgTime ?? Number(msgKey.split('_').at(-1))
