import type { IncomingMessage, ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { type Fields, parsedJson } from '../../lib/core/json.ts'
import { isJsonObject } from '../cloud/whole-requests.ts'
import { type CallbackRequest, type SampleName, samples } from '../simulator/callbacks.ts'
import type { Builds } from '../stack/builds.ts'
import { sendMessage } from '../stack/gateway.ts'
import type { TurnTrouble, TurnWatch } from '../stack/turn-watch.ts'
import { sendAsset } from './assets.ts'
import type { EventFeed } from './event-feed.ts'
import { sendExchange } from './exchange.ts'
import type { FaultSetup } from './fault-plans.ts'
import { BOT, type LocalChat, type Pair, USER } from './local-chat.ts'
import type { OrderTaker } from './order-taker.ts'
import type { Switches } from './switches.ts'

/** What the page may ask for. */
export interface PageServerOptions {
  readonly feed: EventFeed
  readonly switches: Switches
  /** Absent where the functions talk to the real service. */
  readonly chat?: LocalChat
  /** Hands a callback to the webhook; rejects with what the page should say when it is not taken. */
  readonly deliver: (callback: CallbackRequest) => Promise<void>
  readonly turns: Pick<TurnWatch, 'troubled'>
  readonly builds: Pick<Builds, 'errorOf'>
  /** Lets a plain loop answer the message, too. */
  readonly haunt: (msgKey: string) => void
  /** Has a text written by the replies API, as a program of the caller's own would. */
  readonly order: OrderTaker
}

const MAX_TEXT_CHARS = 4_000
/** Characters a second of a text that the replies API writes. */
const ORDER_SPEED = 120

type Answer = readonly [status: number, message: string]

/** Serves the page and what it asks for. True where it has taken care of the request, or is doing so. */
export const pageServer = (options: PageServerOptions) => {
  const { feed, switches, chat, deliver } = options

  const say = async ({ text, sample, ...whom }: Fields): Promise<Answer> => {
    if (chat === undefined) return [409, 'The real service takes messages from its own clients.']
    const said = saidOf(text, sample)
    if (typeof said === 'string') return [400, said]
    const pair = pairOf(whom)
    if (typeof pair === 'string') return [400, pair]
    const setup = switches.faults()
    const { msgKey, callback } = chat.say(pair, said.text, said.sample)
    options.haunt(msgKey)
    // The message is in the chat, whatever becomes of it.
    const tell = setup.handedOverAfterMs === undefined ? handIn(callback, setup) : order(pair)
    await tell.catch((error: unknown) =>
      options.turns.troubled(
        `turn:${msgKey}`,
        troubleOf(setup.handedOverAfterMs === undefined ? 'webhook' : 'replies', error),
      ),
    )
    return [202, 'said']
  }
  const troubleOf = (functionName: string, error: unknown): TurnTrouble => {
    const why = options.builds.errorOf(functionName)
    const sentence = why?.sentence ?? (error instanceof Error ? error.message : String(error))
    return { functionName, sentence, ...(why?.frame && { details: why.frame }), final: true }
  }
  const handIn = async (callback: CallbackRequest, { twice }: FaultSetup): Promise<void> => {
    await deliver(callback)
    if (twice) await deliver(callback)
  }
  const order = (pair: Pair): Promise<void> => {
    const text = (switches.recording() ?? []).map((token) => token.text).join('')
    return options.order({ from: pair.bot, to: pair.user, text, charsPerSecond: ORDER_SPEED })
  }
  const stop = async (whom: Fields): Promise<Answer> => {
    const pair = pairOf(whom)
    if (typeof pair === 'string') return [400, pair]
    const callback = chat?.stop(pair)
    if (callback === undefined) return [409, 'No message of the bot is open.']
    await deliver(callback)
    return [202, 'asked to stop']
  }
  const judge = async ({ msgKey, value }: Fields): Promise<Answer> => {
    if (typeof msgKey !== 'string' || (value !== 'up' && value !== 'down')) {
      return [400, 'msgKey must name a message, and value be up or down']
    }
    const callback = chat?.judge(msgKey, value)
    if (callback === undefined) return [409, 'The bot has no such message.']
    await deliver(callback)
    return [202, 'noted']
  }
  const clear = async (whom: Fields): Promise<Answer> => {
    const pair = pairOf(whom)
    if (typeof pair === 'string') return [400, pair]
    chat?.clear(pair)
    feed.note()
    return [200, 'cleared']
  }
  const change = async (wanted: Fields): Promise<Answer> => {
    const wrong = switches.change(wanted)
    feed.note()
    await switches.ready()
    return wrong === undefined ? [200, 'changed'] : [400, wrong]
  }
  const orders: Readonly<Record<string, (body: Fields) => Promise<Answer>>> = {
    'POST /local/messages': say,
    'POST /local/stop': stop,
    'POST /local/feedback': judge,
    'POST /local/clear': clear,
    'POST /local/settings': change,
  }

  const obey = async (
    order: (body: Fields) => Promise<Answer>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    // Pages of other sites cannot send this type without asking first, and nobody answers them.
    if (request.headers['content-type'] !== 'application/json') {
      return sendMessage(response, 415, 'send JSON')
    }
    const fields = await readText(request).then(parsedJson)
    if (!isJsonObject(fields)) return sendMessage(response, 400, 'send an object of JSON')
    const answer = await order(fields).catch(
      (error: unknown): Answer => [502, error instanceof Error ? error.message : 'failed'],
    )
    sendMessage(response, ...answer)
  }

  return (request: IncomingMessage, response: ServerResponse, { pathname }: URL): boolean => {
    const order = orders[`${request.method} ${pathname}`]
    if (order !== undefined) {
      // Whoever asked went away while asking.
      void obey(order, request, response).catch(() => response.destroy())
      return true
    }
    if (request.method !== 'GET') return false
    const [, number] = /^\/local\/calls\/(\d{1,9})$/.exec(pathname) ?? []
    if (number !== undefined) {
      sendExchange(response, chat?.exchanges[Number(number)])
      return true
    }
    if (pathname !== '/local/events') return sendAsset(pathname, response)
    feed.open(response)
    return true
  }
}

/** What the user sends; a sentence where that cannot be. */
const saidOf = (
  text: unknown,
  sample: unknown,
): { readonly text: string; readonly sample?: SampleName } | string => {
  if (sample !== undefined) {
    return isSample(sample)
      ? { text: '', sample }
      : `sample must be one of ${Object.keys(samples).join(', ')}`
  }
  return typeof text === 'string' && text.trim() !== '' && text.length <= MAX_TEXT_CHARS
    ? { text }
    : `text must have 1 to ${MAX_TEXT_CHARS} characters`
}

const isSample = (value: unknown): value is SampleName =>
  typeof value === 'string' && Object.hasOwn(samples, value)

/** Whom the page means; a sentence where that cannot be. */
const pairOf = ({ user = USER, bot = BOT }: Fields): Pair | string => {
  if (typeof user !== 'string' || !/^[\w.@-]{1,32}$/.test(user) || user.startsWith('@RBT#')) {
    return 'The user must have 1 to 32 letters, digits or . _ - @'
  }
  if (typeof bot !== 'string' || !/^@RBT#[\w.-]{1,27}$/.test(bot)) {
    return 'The bot must begin with @RBT#, and have at most 32 characters'
  }
  return { user, bot }
}
