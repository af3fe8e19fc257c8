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

/** What a user may send beside text; each as a client of Tencent sends it. */
export const samples = {
  image: {
    label: '🖼 a picture',
    element: {
      MsgType: 'TIMImageElem',
      MsgContent: {
        UUID: 'sample.png',
        ImageFormat: 3,
        ImageInfoArray: [
          { Type: 1, Size: 48_213, Width: 800, Height: 600, URL: 'https://example.com/sample.png' },
        ],
      },
    },
  },
  voice: {
    label: '🎤 a voice message',
    element: {
      MsgType: 'TIMSoundElem',
      MsgContent: {
        Url: 'https://example.com/sample.m4a',
        UUID: 'sample.m4a',
        Size: 12_345,
        Second: 3,
        Download_Flag: 2,
      },
    },
  },
  sticker: {
    label: '🙂 a sticker',
    element: { MsgType: 'TIMFaceElem', MsgContent: { Index: 1, Data: 'tt01' } },
  },
  location: {
    label: '📍 a location',
    element: {
      MsgType: 'TIMLocationElem',
      MsgContent: { Desc: 'Shenzhen', Latitude: 22.54, Longitude: 113.93 },
    },
  },
} as const

export type SampleName = keyof typeof samples

/** Tells the webhook of what a user sent to a bot, a text or a sample: `Bot.OnC2CMessage` (document 1047/68952). */
export const messageCallback = (
  application: CallbackApplication,
  message: MessageView,
  nowMs: number,
  sample?: SampleName,
): CallbackRequest => {
  const text = { MsgType: 'TIMTextElem', MsgContent: { Text: message.text } }
  const element = sample === undefined ? text : samples[sample].element
  return { query: signedQuery(application, nowMs), body: bodyOf(message, element, false, nowMs) }
}

/** Tells the webhook that a user pressed Stop while `stopped` was being written, as the official clients do. */
export const stopCallback = (
  application: CallbackApplication,
  stopped: MessageView,
  nowMs: number,
): CallbackRequest =>
  signalCallback(application, stopped, { chatbotPlugin: 2, src: 22, msgKey: stopped.msgKey }, nowMs)

/** Tells the webhook what a user thinks of an answer. */
export const feedbackCallback = (
  application: CallbackApplication,
  judged: MessageView,
  value: 'up' | 'down',
  nowMs: number,
): CallbackRequest =>
  signalCallback(application, judged, { tcs: 'feedback', msgKey: judged.msgKey, value }, nowMs)

/** What a client tells a bot about one of its messages, without anybody seeing it. */
const signalCallback = (
  application: CallbackApplication,
  about: MessageView,
  data: object,
  nowMs: number,
): CallbackRequest => {
  const timeSeconds = Math.floor(nowMs / 1000)
  const msgSeq = nowMs % 4_294_967_296
  const msgRandom = Math.imul(msgSeq, 2_654_435_761) >>> 0
  const message = {
    from: about.to,
    to: about.from,
    msgSeq,
    msgRandom,
    msgKey: `${msgSeq}_${msgRandom}_${timeSeconds}`,
    timeSeconds,
  }
  const element = { MsgType: 'TIMCustomElem', MsgContent: { Data: JSON.stringify(data) } }
  return { query: signedQuery(application, nowMs), body: bodyOf(message, element, true, nowMs) }
}
