import * as v from 'valibot'
import { accepted, refusal, type ServiceAnswer } from './answers.ts'
import { endIfSilent } from './end-silent.ts'
import { storedBody } from './group-rules.ts'
import { encodedBytes } from './message-size.ts'
import { type Message, viewOf } from './messages.ts'
import type { CommandRule, RuleContext } from './rule-context.ts'
import type { ChatSettings } from './settings.ts'

const account = v.pipe(v.string(), v.nonEmpty())
const unixSeconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295))

const readSchema = v.object({
  Operator_Account: account,
  Peer_Account: account,
  MaxCnt: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
  MinTime: unixSeconds,
  MaxTime: unixSeconds,
  LastMsgKey: v.optional(v.string()),
})

const streamData = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ src: v.literal(2), chunks: v.array(v.string()), isFinished: v.picklist([0, 1]) }),
)

const modifySchema = v.object({
  From_Account: account,
  To_Account: account,
  MsgKey: v.pipe(v.string(), v.nonEmpty()),
  MsgBody: v.tuple([
    v.object({ MsgType: v.literal('TIMCustomElem'), MsgContent: v.object({ Data: streamData }) }),
  ]),
})

type ReadRequest = v.InferOutput<typeof readSchema>

type CheckpointOf = (message: Message) => object

const timeOf = (message: Message, { readBackTime }: ChatSettings): number =>
  readBackTime === 'opened' ? message.timeSeconds : message.changedSeconds

const entryAs =
  (settings: ChatSettings): CheckpointOf =>
  (message) => ({
    From_Account: message.from,
    To_Account: message.to,
    MsgSeq: message.msgSeq,
    MsgRandom: message.msgRandom,
    MsgTimeStamp: timeOf(message, settings),
    MsgFlagBits: 0,
    IsPeerRead: 0,
    MsgKey: message.msgKey,
    MsgBody: storedBody(message, settings.chatbotPlugin),
  })

const olderThan = (
  messages: readonly Message[],
  msgKey: string | undefined,
): readonly Message[] => {
  const at = messages.findIndex((message) => message.msgKey === msgKey)
  return at < 0 ? messages : messages.slice(0, at)
}

/** How many of the newest messages fit on a page; one always does. */
const fittingCount = (
  messages: readonly Message[],
  maxCount: number,
  pageBytes: number,
  checkpointOf: CheckpointOf,
): number => {
  let bytes = 0
  let count = 0
  while (count < messages.length && count < maxCount) {
    const message = messages[messages.length - 1 - count]
    bytes += Buffer.byteLength(JSON.stringify(message && checkpointOf(message)))
    if (count > 0 && bytes > pageBytes) break
    count++
  }
  return count
}

/** `admin_getroammsg` (document 1047/35478) and `modify_c2c_msg` (1047/47722). */
export const historyRules = ({ settings, store, report }: RuleContext) => {
  const checkpointOf = entryAs(settings)

  const malformed = (command: string, nowMs: number): ServiceAnswer => {
    report('malformed', `${command}: a field is missing or wrong.`, nowMs)
    return refusal(90001, `${command}: failed to parse the request.`)
  }

  const visible = (request: ReadRequest, nowMs: number): readonly Message[] => {
    if (settings.readBack === 'nothing') return []
    const messages = store.conversation(request.Operator_Account, request.Peer_Account)
    for (const message of messages) endIfSilent(message, settings.nativeSilenceMs, nowMs)
    return messages
      .filter((message) => {
        const seconds = timeOf(message, settings)
        return seconds >= request.MinTime && seconds <= request.MaxTime
      })
      .filter(({ openedAtMs }) => openedAtMs + settings.hiddenForMs <= nowMs)
      .filter((message) => settings.readBack === 'all' || !message.streamed || message.finished)
  }

  const readMessages: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(readSchema, body)
    if (!parsed.success) return malformed('admin_getroammsg', nowMs)
    if (settings.readBack === 'refused') return refusal(60020, 'The plan does not include this.')
    const request = parsed.output
    const rest = olderThan(visible(request, nowMs), request.LastMsgKey)
    const count = fittingCount(rest, request.MaxCnt, settings.pageBytes, checkpointOf)
    const page = rest.slice(rest.length - count)
    const oldest = page[0]
    return accepted({
      Complete: count === rest.length ? 1 : 0,
      MsgCnt: count,
      ...(oldest && { LastMsgTime: timeOf(oldest, settings), LastMsgKey: oldest.msgKey }),
      MsgList: page.map(checkpointOf),
    })
  }

  const replaceMessage: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(modifySchema, body)
    if (!parsed.success) return malformed('modify_c2c_msg', nowMs)
    const { From_Account, To_Account, MsgKey, MsgBody } = parsed.output
    const message = store.find(MsgKey)
    const isOwn = message?.from === From_Account && message.to === To_Account
    if (!isOwn) return refusal(90054, `No message ${MsgKey} to modify.`)
    if (!settings.acceptModify) {
      return refusal(settings.modifyCode, 'A streamed message cannot be modified.')
    }
    const { chunks, isFinished } = MsgBody[0].MsgContent.Data
    if (encodedBytes(chunks) > settings.messageBytes) {
      report('tooLong', 'modify_c2c_msg: the message is too long.', nowMs)
      return refusal(settings.tooLongCode, 'The message is too long.')
    }
    store.replace(message, chunks, isFinished === 1, nowMs)
    settings.onChange(viewOf(message))
    return accepted()
  }

  return { readMessages, replaceMessage }
}
