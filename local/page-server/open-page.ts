import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'
import type { Builds } from '../stack/builds.ts'
import { eventFeed } from './event-feed.ts'
import { ghosts } from './ghosts.ts'
import { BOT, USER } from './local-chat.ts'
import { orderTaker } from './order-taker.ts'
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
  readonly builds: Pick<Builds, 'build' | 'errorOf'>
  readonly turns: PagePartsOptions['turns']
  /** The store, to be read. */
  readonly call: AwsCall
  readonly table: string
  /** `http://127.0.0.1:<port>`, where the webhook is. */
  readonly origin: string
  /** The data centre of the real application. */
  readonly region: string
  /** A bearer token of the replies API. */
  readonly token: string
}

export const openPage = (options: OpenPageOptions): OpenPage => {
  const { world, output, builds, turns, call, table, origin, region, token } = options
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
    user: USER,
    callbackPath: CALLBACK_PATH,
    region,
  }
  const plain = ghosts(switches, bell.ring)
  const parts = {
    place,
    switches,
    replies: watch.replies,
    build: builds.build,
    turns,
    ghosts: plain.parts,
    ...output,
    ...(chat && { chat }),
  }
  const feed = eventFeed(pageParts(parts))
  bell.listen(feed.note)
  const deliver = webhookCaller(origin)
  return {
    handle: pageServer({
      feed,
      switches,
      deliver,
      turns,
      builds,
      haunt: plain.haunt,
      order: orderTaker(origin, token),
      ...(chat && { chat }),
    }),
    close() {
      plain.close()
      watch.close()
      feed.close()
    },
  }
}
