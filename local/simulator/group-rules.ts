import * as v from 'valibot'
import { accepted, refusal, type ServiceAnswer } from './answers.ts'
import { endIfSilent } from './end-silent.ts'
import { encodedBytes, messageBody } from './message-size.ts'
import { type Message, viewOf } from './messages.ts'
import { rateWindow } from './rate-window.ts'
import type { CommandRule, RuleContext } from './rule-context.ts'

const account = v.pipe(v.string(), v.nonEmpty())
const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295))

const streamElement = v.object({
  MsgType: v.literal('TIMCustomElem'),
  MsgContent: v.object({
    Data: v.pipe(
      v.string(),
      v.parseJson(),
      v.object({ src: v.literal(2), chunks: v.array(v.string()), isFinished: v.picklist([0, 1]) }),
    ),
  }),
})
const textElement = v.object({
  MsgType: v.literal('TIMTextElem'),
  MsgContent: v.object({ Text: v.string() }),
})
const messageBodySchema = v.tuple([v.union([streamElement, textElement])])

const sendSchema = v.object({
  GroupId: account,
  From_Account: account,
  Random: uint32,
  MsgBody: messageBodySchema,
  GroupAtInfo: v.optional(
    v.array(v.object({ GroupAtAllFlag: v.picklist([0, 1]), GroupAt_Account: v.string() })),
    [],
  ),
})

const modifySchema = v.object({ GroupId: account, MsgSeq: uint32, MsgBody: messageBodySchema })

const readSchema = v.object({
  GroupId: account,
  ReqMsgNumber: v.pipe(v.number(), v.integer(), v.minValue(1)),
  ReqMsgSeq: v.optional(uint32),
})

const READ_AT_MOST = 20

const shownBy = ([element]: v.InferOutput<typeof messageBodySchema>) =>
  element.MsgType === 'TIMTextElem'
    ? { streamed: false, chunks: [element.MsgContent.Text], finished: true }
    : {
        streamed: true,
        chunks: element.MsgContent.Data.chunks,
        finished: element.MsgContent.Data.isFinished === 1,
      }

/** Turns away who writes into a group that is not there, or is not a member; and what is too much for one group. */
export const groupDoor = ({ settings, report }: RuleContext) => {
  const windows = new Map<string, (nowMs: number) => boolean>()
  return (groupId: string, from: string | undefined, nowMs: number): ServiceAnswer | undefined => {
    const members = settings.groups?.[groupId]
    if (settings.groups && members === undefined) return refusal(10_015, 'There is no such group.')
    if (members && from !== undefined && !members.includes(from)) {
      return refusal(10_007, `${from} is not a member of the group.`)
    }
    const admits = windows.get(groupId) ?? rateWindow(settings.groupCallsPerSecond)
    windows.set(groupId, admits)
    if (admits(nowMs)) return undefined
    const sentence = `More than ${settings.groupCallsPerSecond} messages in a second in ${groupId}.`
    report('overRate', sentence, nowMs)
    return refusal(10_023, sentence)
  }
}

/** `send_group_msg` (document 1047/34959), `modify_group_msg` (1047/47948) and `group_msg_get_simple` (1047/34971). */
export const groupRules = (context: RuleContext, enter: ReturnType<typeof groupDoor>) => {
  const { settings, store, report } = context

  const malformed = (command: string, nowMs: number): ServiceAnswer => {
    report('malformed', `${command}: a field is missing or wrong.`, nowMs)
    return refusal(10_004, `${command}: a parameter is missing or wrong.`)
  }
  const tooLong = (chunks: readonly string[], nowMs: number): ServiceAnswer | undefined => {
    if (encodedBytes(chunks) <= settings.messageBytes) return undefined
    report('tooLong', 'A group message is too long.', nowMs)
    return refusal(settings.tooLongCode, 'The message is too long.')
  }
  const named = ({ msgSeq, timeSeconds }: Message): ServiceAnswer =>
    accepted({ MsgSeq: msgSeq, MsgTime: timeSeconds })

  const send: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(sendSchema, body)
    if (!parsed.success) return malformed('send_group_msg', nowMs)
    const { GroupId: to, From_Account: from, Random, MsgBody, GroupAtInfo } = parsed.output
    const { streamed, chunks, finished } = shownBy(MsgBody)
    const refused = enter(to, from, nowMs) ?? tooLong(chunks, nowMs)
    if (refused) return refused
    const same = store
      .inGroup(to)
      .find(
        ({ msgRandom, openedAtMs, streamId }) =>
          msgRandom === Random &&
          streamId === undefined &&
          nowMs - openedAtMs < settings.sameNumberMs,
      )
    if (same) return named(same)
    const names = GroupAtInfo.map(({ GroupAt_Account }) => GroupAt_Account)
    const chunk = chunks.join('')
    const message = store.open(
      { from, to, streamed, chunk, finished, group: true, msgRandom: Random, names },
      nowMs,
    )
    settings.onChange(viewOf(message))
    return named(message)
  }

  const modify: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(modifySchema, body)
    if (!parsed.success) return malformed('modify_group_msg', nowMs)
    const { GroupId, MsgSeq, MsgBody } = parsed.output
    const { chunks, finished } = shownBy(MsgBody)
    const refused = enter(GroupId, undefined, nowMs) ?? tooLong(chunks, nowMs)
    if (refused) return refused
    const message = store.inGroup(GroupId).find(({ msgSeq }) => msgSeq === MsgSeq)
    if (message === undefined) return refusal(20_022, 'There is no such message.')
    if (!settings.acceptGroupModify) return refusal(10_004, 'The message cannot be modified.')
    store.replace(message, chunks, finished, nowMs)
    settings.onChange(viewOf(message))
    return accepted()
  }

  const read: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(readSchema, body)
    if (!parsed.success) return malformed('group_msg_get_simple', nowMs)
    if (settings.readGroup === 'refused') return refusal(60_020, 'The plan does not include this.')
    const { GroupId, ReqMsgNumber, ReqMsgSeq = Number.POSITIVE_INFINITY } = parsed.output
    for (const message of store.inGroup(GroupId))
      endIfSilent(message, settings.nativeSilenceMs, nowMs)
    const until = store.inGroup(GroupId).filter(({ msgSeq }) => msgSeq <= ReqMsgSeq)
    const page = until.slice(-Math.min(ReqMsgNumber, READ_AT_MOST)).reverse()
    return accepted({
      GroupId,
      IsFinished: page.length === until.length || page.length === READ_AT_MOST ? 1 : 0,
      RspMsgList: page.map((message) => entryOf(message, settings.chatbotPlugin)),
    })
  }

  return { send, modify, read }
}

const entryOf = (message: Message, chatbotPlugin: 1 | 2): object => ({
  From_Account: message.from,
  IsPlaceMsg: 0,
  MsgRandom: message.msgRandom,
  MsgSeq: message.msgSeq,
  MsgTimeStamp: message.timeSeconds,
  MsgBody: storedBody(message, chatbotPlugin),
})

/** The body that the history shows: of an open native stream without its text. */
export const storedBody = (message: Message, chatbotPlugin: 1 | 2): readonly object[] => {
  const { streamId, streamed, chunks, finished, compatibleText } = message
  const text = chunks.join('')
  if (streamId !== undefined) {
    const content = {
      StreamMsgID: streamId,
      CompatibleText: compatibleText,
      ...(finished && { Markdown: text }),
    }
    return [{ MsgType: 'TIMStreamElem', MsgContent: content }]
  }
  return streamed
    ? messageBody(chunks, finished, chatbotPlugin)
    : [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }]
}
