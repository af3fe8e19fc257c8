import * as v from 'valibot'
import type { Callback, DropReason } from '../../core/conversation/callback.ts'
import { parseMsgKey, turnReplyId } from '../../core/conversation/turn.ts'
import { isObject, parsedJson } from '../../core/json.ts'
import type { MsgKey } from '../../core/reply/reply.ts'
import { account, isBot, messageFields, readToBot } from './callback-message.ts'
import { readGroupMessage } from './group-callback.ts'

/** Both speak of a message from one account to another, with the same body. */
const messageCommands: ReadonlySet<string> = new Set([
  'Bot.OnC2CMessage',
  'C2C.CallbackAfterSendMsg',
])
const GROUP_COMMAND = 'Bot.OnGroupMessage'

const messageBody = v.object({
  ...messageFields,
  To_Account: account,
  MsgKey: v.pipe(
    v.string(),
    v.rawTransform<string, MsgKey>(({ dataset, addIssue, NEVER }) => {
      const msgKey = parseMsgKey(dataset.value)
      if (msgKey === undefined) addIssue()
      return msgKey ?? NEVER
    }),
  ),
  SendMsgResult: v.nullish(v.number(), 0),
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
  if (!isMessage) return readGroupMessage(content)
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

  return readToBot({
    msgKey,
    replyId: turnReplyId(msgKey),
    conversation: { from: bot, to: user },
    askedAtMs: message.EventTime ?? sentAtSeconds(message) * 1_000,
    elements: message.MsgBody,
    customData: message.CloudCustomData,
    onlineOnly: message.OnlineOnlyFlag === 1,
    withoutMention: (text) => text,
    named: (name) => {
      const stopped = parseMsgKey(name)
      return stopped && { msgKey: stopped, ...otherKeyOf(stopped) }
    },
  })
}

/** A native stream to a user has one number twice, and was claimed before its time was known. */
const otherKeyOf = (msgKey: MsgKey): { readonly otherKey?: MsgKey } => {
  const [seq, random] = msgKey.split('_')
  return seq === random ? { otherKey: `${seq}_${random}` as MsgKey } : {}
}

/** A MsgKey ends with the time of its message. */
const sentAtSeconds = ({ MsgTime, MsgKey: msgKey }: MessageBody): number =>
  MsgTime ?? Number(msgKey.split('_').at(-1))
