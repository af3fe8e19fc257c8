import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { type Fields, fieldsOf } from '../../lib/core/json.ts'
import type { CallbackRequest } from '../simulator/callbacks.ts'
import { sendMessage } from '../stack/gateway.ts'
import { sendAsset } from './assets.ts'
import type { EventFeed } from './event-feed.ts'
import type { LocalChat } from './local-chat.ts'
import type { Switches } from './switches.ts'

/** What the page may ask for. */
export interface PageServerOptions {
  readonly feed: EventFeed
  readonly switches: Switches
  /** Absent where the functions talk to the real service. */
  readonly chat?: LocalChat
  /** Hands a callback to the webhook; rejects with what the page should say when it is not taken. */
  readonly deliver: (callback: CallbackRequest) => Promise<void>
}

const MAX_TEXT_CHARS = 4_000

type Answer = readonly [status: number, message: string]

/** Serves the page and what it asks for. True where it has taken care of the request, or is doing so. */
export const pageServer = (options: PageServerOptions) => {
  const { feed, switches, chat, deliver } = options

  const say = async ({ text }: Fields): Promise<Answer> => {
    if (chat === undefined) return [409, 'The real service takes messages from its own clients.']
    if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_TEXT_CHARS) {
      return [400, `text must have 1 to ${MAX_TEXT_CHARS} characters`]
    }
    await deliver(chat.say(text))
    return [202, 'said']
  }
  const stop = async (): Promise<Answer> => {
    const callback = chat?.stop()
    if (callback === undefined) return [409, 'No message of the bot is open.']
    await deliver(callback)
    return [202, 'asked to stop']
  }
  const change = async (wanted: Fields): Promise<Answer> => {
    const wrong = switches.change(wanted)
    feed.note()
    return wrong === undefined ? [200, 'changed'] : [400, wrong]
  }
  const orders: Readonly<Record<string, (body: Fields) => Promise<Answer>>> = {
    'POST /local/messages': say,
    'POST /local/stop': stop,
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
    const answer = await json(request)
      .then((body) => order(fieldsOf(body)))
      .catch((error: unknown): Answer => [502, error instanceof Error ? error.message : 'failed'])
    sendMessage(response, ...answer)
  }

  return (request: IncomingMessage, response: ServerResponse, { pathname }: URL): boolean => {
    const order = orders[`${request.method} ${pathname}`]
    if (order !== undefined) {
      void obey(order, request, response)
      return true
    }
    if (request.method !== 'GET') return false
    if (pathname !== '/local/events') return sendAsset(pathname, response)
    feed.open(response)
    return true
  }
}
