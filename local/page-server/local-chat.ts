import { randomBytes } from 'node:crypto'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { type CallbackRequest, stopCallback, textCallback } from '../simulator/callbacks.ts'
import { chatRules } from '../simulator/rules.ts'
import { type SimulatorServer, startSimulator } from '../simulator/server.ts'
import { type SimulatedService, simulatedService } from '../simulator/service.ts'
import { userSigCheck } from '../simulator/user-sig-check.ts'

const SDK_APP_ID = 1_400_000_000
const DEFAULT_LATENCY_MS = 80

/** The one who writes in the page. */
const USER = 'user01'
/** The bot that answers. */
export const BOT = '@RBT#demo'

/** A Tencent Chat on this machine, for an application that exists only here. */
export interface LocalChat {
  readonly url: SimulatorServer['url']
  readonly service: SimulatedService
  /** What the functions must know to use it, credentials included. */
  readonly credentials: Readonly<Record<string, string>>
  /** When the user's messages were written, Unix ms, by their MsgKey. */
  readonly saidAtMs: ReadonlyMap<string, number>
  /** Puts the user's text into the conversation. Answers with the callback that tells the webhook of it. */
  say(text: string): CallbackRequest
  /** The callback of a Stop; `undefined` where no message of the bot is open, as clients offer no Stop then. */
  stop(): CallbackRequest | undefined
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
  const service: SimulatedService = {
    ...simulated,
    call(...call) {
      const answered = simulated.call(...call)
      changed()
      return answered.finally(changed)
    },
  }
  const saidAtMs = new Map<string, number>()
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
    say(text) {
      const nowMs = systemClock.now()
      const message = rules.userSays({ from: USER, to: BOT, text }, nowMs)
      saidAtMs.set(message.msgKey, nowMs)
      return textCallback(application, message, nowMs)
    },
    stop() {
      const open = rules.messages().findLast(({ streamed, finished }) => streamed && !finished)
      return open && stopCallback(application, open, systemClock.now())
    },
    close,
  }
}
