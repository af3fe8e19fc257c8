import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'
import { eventFeed } from './event-feed.ts'
import { BOT } from './local-chat.ts'
import { type PagePartsOptions, pageParts } from './page-parts.ts'
import { pageServer } from './page-server.ts'
import type { PageWorld } from './page-world.ts'
import { watchReplies } from './reply-watch.ts'
import { CALLBACK_PATH, webhookCaller } from './webhook-caller.ts'

/** The page, ready to answer requests. */
export interface OpenPage {
  readonly handle: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean
  close(): void
}

export interface OpenPageOptions {
  readonly world: PageWorld
  /** What the functions said. */
  readonly output: Pick<PagePartsOptions, 'notices' | 'figures'>
  /** The store, to be read. */
  readonly call: AwsCall
  readonly table: string
  /** `http://127.0.0.1:<port>`, where the webhook is. */
  readonly origin: string
  /** The data centre of the real application. */
  readonly region: string
}

export const openPage = (options: OpenPageOptions): OpenPage => {
  const { world, output, call, table, origin, region } = options
  const { chat, switches, bell } = world
  const watch = watchReplies({
    call,
    table,
    wanted: () => feed.listeners() > 0,
    changed: bell.ring,
  })
  const place = {
    simulated: chat !== undefined,
    bot: BOT,
    callbackPath: CALLBACK_PATH,
    region,
  }
  const parts = { place, switches, replies: watch.replies, ...output, ...(chat && { chat }) }
  const feed = eventFeed(pageParts(parts))
  bell.listen(feed.note)
  const deliver = webhookCaller(origin)
  return {
    handle: pageServer({ feed, switches, deliver, ...(chat && { chat }) }),
    close() {
      watch.close()
      feed.close()
    },
  }
}
