import * as v from 'valibot'
import type { Callback, DropReason } from '../../core/conversation/callback.ts'
import { parseMsgKey, type Turn, turnReplyId } from '../../core/conversation/turn.ts'
import { type Fields, fieldsOf, isObject, parsedJson, scalarText } from '../../core/json.ts'
import type { MsgKey } from '../../core/reply/reply.ts'
import { wellFormed } from '../../core/text/well-formed.ts'

/** Both speak of a message from one account to another, with the same body. */
const messageCommands: ReadonlySet<string> = new Set([
  'Bot.OnC2CMessage',
  'C2C.CallbackAfterSendMsg',
])
const GROUP_COMMAND = 'Bot.OnGroupMessage'

/** `src` of a custom message by which a client asks the bot to stop. */
const INTERRUPT = '22'

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

  const conversation = { from: bot, to: user }
  const interrupt = interruptOf(message)
  if (interrupt !== undefined) {
    const streamed = parseMsgKey(scalarText(interrupt['msgKey']))
    return streamed === undefined
      ? { kind: 'malformed', field: 'MsgBody.Data.msgKey' }
      : { kind: 'interrupt', msgKey: streamed, conversation }
  }

  const text = textOf(message)
  const customData = wellFormed(message.CloudCustomData)
  if (text.trim() === '') return drop('no-text')
  if (text.length + customData.length > MAX_TURN_CHARS) return drop('too-long')
  const turn: Turn = {
    replyId: turnReplyId(msgKey),
    conversation,
    text,
    askedAtMs: message.EventTime ?? sentAtSeconds(message) * 1_000,
    ...(customData === '' ? {} : { customData }),
  }
  return { kind: 'turn', turn }
}

const isBot = (userId: string): boolean => userId.startsWith('@RBT#')

/** A MsgKey ends with the time of its message. */
const sentAtSeconds = ({ MsgTime, MsgKey: msgKey }: MessageBody): number =>
  MsgTime ?? Number(msgKey.split('_').at(-1))

/** The elements' texts, a line each. */
const textOf = ({ MsgBody: elements }: MessageBody): string => {
  const texts = elements
    .filter(({ MsgType: type }) => type === 'TIMTextElem')
    .map(({ MsgContent: content }) => fieldsOf(content)['Text'])
    .filter((text) => typeof text === 'string')
  return wellFormed(texts.join('\n'))
}

/** What the custom element that asks the bot to stop carries. */
const interruptOf = ({ MsgBody: elements }: MessageBody): Fields | undefined =>
  elements
    .filter(({ MsgType: type }) => type === 'TIMCustomElem')
    .map(({ MsgContent: content }) => fieldsOf(content)['Data'])
    .filter((data) => typeof data === 'string')
    .map((data) => fieldsOf(parsedJson(data)))
    .find(({ src, chatbotPlugin }) => scalarText(src) === INTERRUPT && chatbotPlugin !== undefined)
