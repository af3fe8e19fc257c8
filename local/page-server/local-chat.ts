import { randomBytes } from 'node:crypto'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import {
  type CallbackRequest,
  feedbackCallback,
  messageCallback,
  type SampleName,
  samples,
  stopCallback,
} from '../simulator/callbacks.ts'
import type { MessageView } from '../simulator/messages.ts'
import { chatRules } from '../simulator/rules.ts'
import { type SimulatorServer, startSimulator } from '../simulator/server.ts'
import { type SimulatedService, simulatedService } from '../simulator/service.ts'
import { userSigCheck } from '../simulator/user-sig-check.ts'
import { type Exchange, exchangeOf, type Mutable } from './exchange.ts'

const SDK_APP_ID = 1_400_000_000
const DEFAULT_LATENCY_MS = 80

/** The one who writes in the page, unless the page names another. */
export const USER = 'user01'
/** The bot that answers. */
export const BOT = '@RBT#demo'

/** A user and the bot that they write to. */
export interface Pair {
  readonly user: string
  readonly bot: string
}

/** A message of a user, and the callback that tells the webhook of it. */
interface Said {
  readonly msgKey: string
  readonly callback: CallbackRequest
}

/** A Tencent Chat on this machine, for an application that exists only here. */
export interface LocalChat {
  readonly url: SimulatorServer['url']
  readonly service: SimulatedService
  /** What the functions must know to use it, credentials included. */
  readonly credentials: Readonly<Record<string, string>>
  /** When the user's messages were written, Unix ms, by their MsgKey. */
  readonly saidAtMs: ReadonlyMap<string, number>
  /** What went over the wire with each call, in the order of `service.calls`. */
  readonly exchanges: readonly Exchange[]
  /** Puts a user's text, or a sample of what else they may send, into the conversation. */
  say(pair: Pair, text: string, sample?: SampleName): Said
  /** The callback of a thumb; `undefined` where there is no such message of the bot. */
  judge(msgKey: string, value: 'up' | 'down'): CallbackRequest | undefined
  /** The callback of a Stop; `undefined` where no message of the bot is open, as clients offer no Stop then. */
  stop(pair: Pair): CallbackRequest | undefined
  /** Shows nothing any more of what the two have said so far. */
  clear(pair: Pair): void
  /** The messages that are to be seen. */
  messages(): readonly MessageView[]
  close(): Promise<void>
}

/** Starts it on the loopback interface. `changed` is called whenever a call or a message may have changed. */
export const startLocalChat = async (changed: () => void): Promise<LocalChat> => {
  const secretKey = randomBytes(32).toString('hex')
  const application = { sdkAppId: SDK_APP_ID, token: randomBytes(16).toString('hex') }
  const rules = chatRules({ onChange: changed })
  const simulated = simulatedService({
    rules,
    clock: systemClock,
    latencyMs: DEFAULT_LATENCY_MS,
    userSig: userSigCheck({
      sdkAppId: SDK_APP_ID,
      admins: ['administrator'],
      secretKey: () => secretKey,
    }),
  })
  const exchanges: Mutable<Exchange>[] = []
  const service: SimulatedService = {
    ...simulated,
    call(...call) {
      const answered = simulated.call(...call)
      const [command, query, body] = call
      const exchange: Mutable<Exchange> = exchangeOf(command, query, body)
      exchanges.push(exchange)
      changed()
      return answered
        .then((outcome) => {
          exchange.answer = outcome
          return outcome
        })
        .finally(changed)
    },
  }
  const saidAtMs = new Map<string, number>()
  const cleared = new Map<string, number>()
  const { url, close } = await startSimulator(service)

  return {
    url,
    service,
    credentials: {
      CHAT_SDK_APP_ID: String(SDK_APP_ID),
      CHAT_SECRET_KEY: secretKey,
      CHAT_CALLBACK_TOKEN: application.token,
    },
    saidAtMs,
    exchanges,
    say({ user, bot }, text, sample) {
      const nowMs = systemClock.now()
      const shown = sample === undefined ? text : samples[sample].label
      const message = rules.userSays({ from: user, to: bot, text: shown }, nowMs)
      saidAtMs.set(message.msgKey, nowMs)
      const callback = messageCallback(application, message, nowMs, sample)
      return { msgKey: message.msgKey, callback }
    },
    judge(msgKey, value) {
      const judged = rules.messages().find((one) => one.streamed && one.msgKey === msgKey)
      return judged && feedbackCallback(application, judged, value, systemClock.now())
    },
    stop({ user, bot }) {
      const open = rules
        .messages()
        .findLast(
          ({ from, to, streamed, finished }) =>
            streamed && !finished && from === bot && to === user,
        )
      return open && stopCallback(application, open, systemClock.now())
    },
    clear: ({ user, bot }) => {
      cleared.set(pairName(user, bot), rules.messages().at(-1)?.msgSeq ?? 0)
    },
    messages: () =>
      rules
        .messages()
        .filter(
          ({ from, to, streamed, msgSeq }) =>
            msgSeq > (cleared.get(streamed ? pairName(to, from) : pairName(from, to)) ?? 0),
        ),
    close,
  }
}

const pairName = (user: string, bot: string): string => `${user}\n${bot}`
