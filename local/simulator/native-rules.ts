import * as v from 'valibot'
import { accepted, refusal, type ServiceAnswer } from './answers.ts'
import { endIfSilent } from './end-silent.ts'
import type { groupDoor } from './group-rules.ts'
import { type Message, viewOf } from './messages.ts'
import { rateWindow } from './rate-window.ts'
import type { CommandRule, RuleContext } from './rule-context.ts'
import type { ViolationKind } from './violations.ts'

const account = v.pipe(v.string(), v.nonEmpty())
const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295))

const streamBody = v.tuple([
  v.object({
    MsgType: v.literal('TIMStreamElem'),
    MsgContent: v.object({
      CompatibleText: v.string(),
      StreamMsgID: v.optional(account),
      Chunks: v.tuple([
        v.object({
          EventType: v.string(),
          Index: v.pipe(v.number(), v.integer(), v.minValue(1)),
          Markdown: v.string(),
          IsLast: v.boolean(),
        }),
      ]),
    }),
  }),
])

const toUser = v.object({
  From_Account: account,
  To_Account: account,
  MsgSeq: v.optional(uint32),
  MsgRandom: uint32,
  MsgBody: streamBody,
})
const toGroup = v.object({
  From_Account: account,
  GroupId: account,
  MsgRandom: uint32,
  MsgBody: streamBody,
})

interface NativeCall {
  readonly from: string
  readonly to: string
  readonly group: boolean
  readonly msgSeq?: number | undefined
  readonly msgRandom: number
  readonly streamId?: string | undefined
  readonly compatibleText: string
  readonly index: number
  readonly text: string
  readonly isLast: boolean
}

const callOf = (
  {
    From_Account: from,
    MsgRandom: msgRandom,
    MsgBody,
  }: v.InferOutput<typeof toGroup | typeof toUser>,
  place: { readonly to: string; readonly group: boolean; readonly msgSeq?: number | undefined },
): NativeCall => {
  const { CompatibleText: compatibleText, StreamMsgID: streamId, Chunks } = MsgBody[0].MsgContent
  const { Index: index, Markdown: text, IsLast: isLast } = Chunks[0]
  return { ...place, from, msgRandom, streamId, compatibleText, index, text, isLast }
}

const DAY_MS = 86_400_000

/** `send_c2c_stream_msg` and `send_group_stream_msg` (documents 269/128596, 269/128597). */
export const nativeRules = (context: RuleContext, enter: ReturnType<typeof groupDoor>) => {
  const { settings, store, report } = context
  const windows = new Map<string, (nowMs: number) => boolean>()
  const openedAtMs: number[] = []

  const breach = (kind: ViolationKind, code: number, sentence: string, nowMs: number) => {
    report(kind, sentence, nowMs)
    return refusal(code, sentence)
  }

  const changed = (message: Message, { compatibleText }: NativeCall): void => {
    message.compatibleText = compatibleText
    settings.onChange(viewOf(message))
  }

  const named = ({ streamId, msgKey, msgSeq, timeSeconds }: Message): ServiceAnswer => {
    if (settings.native === 'unnamed') return accepted()
    if (settings.nativeAnswers === 'streamOnly') return accepted({ StreamMsgID: streamId })
    return accepted({
      StreamMsgID: streamId,
      MsgKey: msgKey,
      MsgSeq: msgSeq,
      MsgTime: timeSeconds,
    })
  }

  const overDay = (nowMs: number): ServiceAnswer | undefined => {
    const today = openedAtMs.filter((atMs) => nowMs - atMs < DAY_MS).length
    return today >= settings.nativePerDay
      ? refusal(60_028, 'The plan allows no more streams today.')
      : undefined
  }

  const openedBefore = ({ to, from, group, msgRandom }: NativeCall, nowMs: number) => {
    const messages = group ? store.inGroup(to) : store.conversation(from, to)
    const same = messages.find(
      (message) =>
        message.streamId !== undefined &&
        message.from === from &&
        message.msgRandom === msgRandom &&
        nowMs - message.openedAtMs < settings.sameNumberMs,
    )
    return settings.repeatedStream === 'same' ? same : undefined
  }

  const open = (call: NativeCall, nowMs: number): ServiceAnswer => {
    if (call.index !== 1) {
      return breach('indexSkipped', 10_004, `A stream begins with index ${call.index}.`, nowMs)
    }
    const before = openedBefore(call, nowMs)
    if (before) {
      noteText(before, call, nowMs)
      return named(before)
    }
    const refused = overDay(nowMs)
    if (refused) return refused
    openedAtMs.push(nowMs)
    const { from, to, group, text: chunk, isLast: finished, msgSeq, msgRandom } = call
    const message = store.open(
      {
        from,
        to,
        chunk,
        finished,
        msgRandom,
        streamed: true,
        isStream: true,
        ...(group && { group }),
        ...(msgSeq !== undefined && { msgSeq }),
      },
      nowMs,
    )
    changed(message, call)
    return named(message)
  }

  /** Two texts under one index: a client shows the later one. */
  const noteText = (message: Message, { index, text }: NativeCall, nowMs: number): void => {
    if (message.chunks[index - 1] === text) return
    report('indexTwoTexts', `Index ${index} of ${message.streamId} carried two texts.`, nowMs)
  }

  const admits = (streamId: string, nowMs: number): boolean => {
    const window = windows.get(streamId) ?? rateWindow(settings.nativeCallsPerSecond)
    windows.set(streamId, window)
    return window(nowMs)
  }

  const ended = () => refusal(90_054, 'The stream has ended.')

  const usedBefore = (message: Message, call: NativeCall, nowMs: number): ServiceAnswer => {
    noteText(message, call, nowMs)
    if (message.finished && !call.isLast) return ended()
    return settings.repeatedIndex === 'accepted'
      ? accepted()
      : refusal(settings.repeatedIndexCode, `Index ${call.index} was used before.`)
  }

  const turnAway = (message: Message, call: NativeCall, nowMs: number) => {
    const { index, text, isLast } = call
    const next = message.chunks.length + 1
    if (index < next) return usedBefore(message, call, nowMs)
    if (message.finished) return ended()
    if (index > next) return breach('indexSkipped', 10_004, `Index ${index} skips one.`, nowMs)
    const empty = isLast ? settings.nativeEmptyLast : settings.nativeEmptyChunk
    return text === '' && empty === 'refused' ? refusal(10_004, 'Markdown is empty.') : undefined
  }

  const append = (call: NativeCall, streamId: string, nowMs: number): ServiceAnswer => {
    const message = store.findStream(streamId)
    if (message?.from !== call.from || message.to !== call.to) {
      return breach('wrongKey', 90_054, `No stream ${streamId} in this conversation.`, nowMs)
    }
    endIfSilent(message, settings.nativeSilenceMs, nowMs)
    const turnedAway = turnAway(message, call, nowMs)
    if (turnedAway) return turnedAway
    if (!admits(streamId, nowMs)) {
      return breach('overRate', 60_007, 'Too many calls a second for one stream.', nowMs)
    }
    const bytes = Buffer.byteLength(message.chunks.join('') + call.text)
    if (bytes > settings.nativeBytes) {
      return breach('tooLong', settings.tooLongCode, `The stream would have ${bytes} bytes.`, nowMs)
    }
    store.append(message, call.text, call.isLast, nowMs)
    changed(message, call)
    return accepted({ StreamMsgID: streamId })
  }

  const handle = (call: NativeCall, nowMs: number): ServiceAnswer => {
    if (settings.native === 'absent')
      return refusal(60_009, 'The requested resource does not exist.')
    const refused = call.group ? enter(call.to, call.from, nowMs) : undefined
    if (refused) return refused
    return call.streamId === undefined ? open(call, nowMs) : append(call, call.streamId, nowMs)
  }

  const malformed = (command: string, nowMs: number): ServiceAnswer =>
    breach('malformed', 10_004, `${command}: a field is missing or wrong.`, nowMs)

  const sendToUser: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(toUser, body)
    if (!parsed.success) return malformed('send_c2c_stream_msg', nowMs)
    const { To_Account: to, MsgSeq: msgSeq } = parsed.output
    return handle(callOf(parsed.output, { to, group: false, msgSeq }), nowMs)
  }
  const sendToGroup: CommandRule = (body, nowMs) => {
    const parsed = v.safeParse(toGroup, body)
    if (!parsed.success) return malformed('send_group_stream_msg', nowMs)
    return handle(callOf(parsed.output, { to: parsed.output.GroupId, group: true }), nowMs)
  }

  return { sendToUser, sendToGroup }
}
