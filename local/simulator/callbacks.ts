import { createHash } from 'node:crypto'
import type { MessageView } from './messages.ts'

/** The application that callbacks are signed for. */
export interface CallbackApplication {
  readonly sdkAppId: number
  /** The token of the console; signs the callbacks. */
  readonly token: string
}

/** A request of Tencent to the webhook: what is added to its address, and the body. */
export interface CallbackRequest {
  readonly query: URLSearchParams
  readonly body: string
}

const command = 'Bot.OnC2CMessage'

const signedQuery = ({ sdkAppId, token }: CallbackApplication, nowMs: number): URLSearchParams => {
  const requestTime = String(Math.floor(nowMs / 1000))
  return new URLSearchParams({
    SdkAppid: String(sdkAppId),
    CallbackCommand: command,
    contenttype: 'json',
    ClientIP: '127.0.0.1',
    OptPlatform: 'Web',
    Sign: createHash('sha256')
      .update(token + requestTime)
      .digest('hex'),
    RequestTime: requestTime,
  })
}

const bodyOf = (
  message: Pick<MessageView, 'from' | 'to' | 'msgKey' | 'msgSeq' | 'msgRandom' | 'timeSeconds'>,
  element: object,
  onlineOnly: boolean,
  nowMs: number,
): string =>
  JSON.stringify({
    CallbackCommand: command,
    From_Account: message.from,
    To_Account: message.to,
    MsgSeq: message.msgSeq,
    MsgRandom: message.msgRandom,
    MsgTime: message.timeSeconds,
    MsgKey: message.msgKey,
    OnlineOnlyFlag: onlineOnly ? 1 : 0,
    SendMsgResult: 0,
    ErrorInfo: 'send msg succeed',
    MsgBody: [element],
    EventTime: nowMs,
  })

/** Tells the webhook of a text that a user wrote to a bot: `Bot.OnC2CMessage` (document 1047/68952). */
export const textCallback = (
  application: CallbackApplication,
  message: MessageView,
  nowMs: number,
): CallbackRequest => ({
  query: signedQuery(application, nowMs),
  body: bodyOf(
    message,
    { MsgType: 'TIMTextElem', MsgContent: { Text: message.text } },
    false,
    nowMs,
  ),
})

/** Tells the webhook that a user pressed Stop while `stopped` was being written, as the official clients do. */
export const stopCallback = (
  application: CallbackApplication,
  stopped: MessageView,
  nowMs: number,
): CallbackRequest => {
  const timeSeconds = Math.floor(nowMs / 1000)
  const msgSeq = nowMs % 4_294_967_296
  const msgRandom = Math.imul(msgSeq, 2_654_435_761) >>> 0
  const message = {
    from: stopped.to,
    to: stopped.from,
    msgSeq,
    msgRandom,
    msgKey: `${msgSeq}_${msgRandom}_${timeSeconds}`,
    timeSeconds,
  }
  const data = JSON.stringify({ chatbotPlugin: 2, src: 22, msgKey: stopped.msgKey })
  const element = { MsgType: 'TIMCustomElem', MsgContent: { Data: data } }
  return { query: signedQuery(application, nowMs), body: bodyOf(message, element, true, nowMs) }
}
