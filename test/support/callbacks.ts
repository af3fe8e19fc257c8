import { createHash } from 'node:crypto'
import type { HttpRequest } from './gateway-events.ts'
import { callbackToken } from './known-secrets.ts'

export { callbackToken }

export const SDK_APP_ID = 1_400_000_000

/** The signature of a callback, as Tencent's documents compute it. */
export const signOf = (token: string, requestTime: string): string =>
  createHash('sha256').update(`${token}${requestTime}`).digest('hex')

export type Query = Readonly<Record<string, string>>

export interface CallbackChanges {
  /** Fields of the query that are other than usual, or there beside the usual ones. */
  readonly query?: Query
  readonly token?: string
  readonly ageSeconds?: number
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
}

/** The query of a genuine callback. */
export const callbackQuery = ({
  query = {},
  token = callbackToken,
  ageSeconds = 0,
}: Omit<CallbackChanges, 'body'> = {}): Query => {
  const requestTime = String(Math.floor(Date.now() / 1_000) - ageSeconds)
  return {
    SdkAppid: String(SDK_APP_ID),
    CallbackCommand: 'Bot.OnC2CMessage',
    contenttype: 'json',
    ClientIP: '127.0.0.1',
    OptPlatform: 'Web',
    Sign: signOf(token, requestTime),
    RequestTime: requestTime,
    ...query,
  }
}

export const msgKey = '48374_2837546_1557481126'

/** What a user writes to a bot, with some of it changed. */
export const messageBody = (changes: object = {}) => ({
  CallbackCommand: 'Bot.OnC2CMessage',
  From_Account: 'jared',
  To_Account: '@RBT#001',
  MsgSeq: 48374,
  MsgRandom: 2837546,
  MsgTime: 1557481126,
  MsgKey: msgKey,
  OnlineOnlyFlag: 0,
  SendMsgResult: 0,
  ErrorInfo: 'send msg succeed',
  MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: 'red packet' } }],
  CloudCustomData: 'your cloud custom data',
  EventTime: 1670574414123,
  ...changes,
})

/** What a client sends when its user presses Stop. */
export const interruptBody = (
  sent: unknown = { chatbotPlugin: 2, src: 22, msgKey },
  changes: object = {},
) =>
  messageBody({
    OnlineOnlyFlag: 1,
    MsgKey: '1_2_3',
    MsgBody: [
      {
        MsgType: 'TIMCustomElem',
        MsgContent: { Data: typeof sent === 'string' ? sent : JSON.stringify(sent) },
      },
    ],
    ...changes,
  })

/** The request that brings a callback. */
export const callbackRequest = ({
  body = messageBody(),
  ...changes
}: CallbackChanges = {}): HttpRequest => ({
  method: 'POST',
  path: '/webhooks/chat',
  query: callbackQuery(changes),
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
