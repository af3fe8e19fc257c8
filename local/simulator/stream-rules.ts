import * as v from 'valibot'
import { accepted, refusal, type ServiceAnswer } from './answers.ts'
import { encodedBytes } from './message-size.ts'
import { type Message, viewOf } from './messages.ts'
import type { CommandRule, RuleContext } from './rule-context.ts'
import type { ViolationKind } from './violations.ts'

const account = v.pipe(v.string(), v.nonEmpty())

const callSchema = v.object({
  From_Account: v.pipe(account, v.startsWith('@RBT#')),
  To_Account: account,
  Chunk: v.string(),
  MsgKey: v.optional(v.pipe(v.string(), v.nonEmpty())),
  Finish: v.optional(v.picklist([0, 1])),
})

type StreamCall = v.InferOutput<typeof callSchema>

const loneSurrogate = /\p{Surrogate}/gu

/** `send_stream_msg` (documents 1047/71131, 269/104537). A call either appends its whole chunk or changes nothing. */
export const streamRule = ({ settings, store, robots, report }: RuleContext): CommandRule => {
  const breach = (
    kind: ViolationKind,
    code: number,
    sentence: string,
    nowMs: number,
  ): ServiceAnswer => {
    report(kind, sentence, nowMs)
    return refusal(code, sentence)
  }

  const tooLong = (bytes: number, nowMs: number): ServiceAnswer | undefined =>
    bytes > settings.messageBytes
      ? breach(
          'tooLong',
          settings.tooLongCode,
          `The message would have ${bytes} of ${settings.messageBytes} bytes.`,
          nowMs,
        )
      : undefined

  const applied = (message: Message): ServiceAnswer => {
    settings.onChange(viewOf(message))
    return accepted({ MsgKey: message.msgKey })
  }

  const open = (call: StreamCall, chunk: string, nowMs: number): ServiceAnswer => {
    const refused = tooLong(encodedBytes([chunk]), nowMs)
    if (refused) return refused
    const ends = { from: call.From_Account, to: call.To_Account }
    const finished = call.Finish === 1
    return applied(store.open({ ...ends, streamed: true, chunk, finished }, nowMs))
  }

  const findOwn = (call: StreamCall, msgKey: string): Message | undefined => {
    const message = store.find(msgKey)
    const isOwn = message?.from === call.From_Account && message.to === call.To_Account
    return isOwn && message.streamed ? message : undefined
  }

  const afterItsEnd = (
    message: Message,
    call: StreamCall,
    nowMs: number,
  ): ServiceAnswer | undefined => {
    if (message.dead) return refusal(90054, 'The message takes no chunk any more.')
    if (!message.finished) return undefined
    const refused = breach('afterFinish', settings.afterFinishCode, 'It is finished.', nowMs)
    if (settings.afterFinish === 'refused') return refused
    return settings.afterFinish === 'ignored' ? answeredOnly(call) : undefined
  }

  const append = (
    call: StreamCall,
    msgKey: string,
    chunk: string,
    nowMs: number,
  ): ServiceAnswer => {
    const message = findOwn(call, msgKey)
    if (message === undefined) {
      return breach('wrongKey', 90054, `No message ${msgKey} in this conversation.`, nowMs)
    }
    const turnedAway = afterItsEnd(message, call, nowMs)
    if (turnedAway) return turnedAway
    const refused = tooLong(store.bytesWith(message, chunk), nowMs)
    if (refused) {
      message.dead = settings.tooLongEnds
      return refused
    }
    store.append(message, chunk, call.Finish === 1, nowMs)
    return applied(message)
  }

  /** OK, with nothing changed. */
  const answeredOnly = ({ MsgKey }: StreamCall): ServiceAnswer =>
    accepted(MsgKey === undefined ? {} : { MsgKey })

  const turnAway = (call: StreamCall, nowMs: number): ServiceAnswer | undefined => {
    if (settings.requireRobots && !robots.has(call.From_Account)) {
      return refusal(70107, `${call.From_Account} is not a robot of this application.`)
    }
    if (call.Chunk === '' && settings.emptyChunk !== 'accepted') {
      const refused = breach('emptyChunk', 10004, 'send_stream_msg: Chunk is empty.', nowMs)
      return settings.emptyChunk === 'ignored' ? answeredOnly(call) : refused
    }
    return undefined
  }

  /** UTF-8 has no lone surrogates: whatever takes the text next destroys them. */
  const asUtf8 = (chunk: string, nowMs: number): string => {
    const wellFormed = chunk.replace(loneSurrogate, '\ufffd')
    if (wellFormed !== chunk) report('loneSurrogate', 'A chunk has a lone surrogate.', nowMs)
    return wellFormed
  }

  return (body, nowMs) => {
    const parsed = v.safeParse(callSchema, body)
    if (!parsed.success) {
      const field = v.getDotPath(parsed.issues[0]) ?? 'the body'
      return breach('malformed', 10004, `send_stream_msg: ${field} is missing or wrong.`, nowMs)
    }
    const call = parsed.output
    const refused = turnAway(call, nowMs)
    if (refused) return refused
    const chunk = asUtf8(call.Chunk, nowMs)
    return call.MsgKey === undefined
      ? open(call, chunk, nowMs)
      : append(call, call.MsgKey, chunk, nowMs)
  }
}
