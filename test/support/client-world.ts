import { type Platform, type ReplyReceipt, streamReplyOn } from '../../client/stream-reply.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { repliesApp } from '../../lib/http/replies-api.ts'
import { cancelReply } from '../../lib/use-cases/cancel-reply.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { memoryUserRecords } from '../../local/memory/user-records.ts'
import { conversation, deliveryWorld, invocation, settings } from './delivery-world.ts'

/** What happens to one request on its way. */
export type Weather =
  | 'fine'
  /** It never arrives. */
  | 'lost'
  /** It never arrives, and nobody says so. */
  | 'silent'
  /** It is worked on; its answer never arrives. */
  | 'answer lost'
  | 'answer silent'
  /** It is worked on, and the connection breaks at once. */
  | 'cut'
  /** It arrives twice, the copy later. */
  | 'doubled'
  /** It arrives once the client has given it up, behind later ones. */
  | 'overtaken'
  | 429
  | 500
  | 502
  | 503

interface ClientWorldOptions {
  /** Of the first requests, in order; the others are fine. */
  readonly weather?: readonly Weather[]
  /** Of the way to the replies API. */
  readonly latencyMs?: number
  /** Of the way from there to Tencent Chat. */
  readonly chatLatencyMs?: number
}

export const token = 'nobody-may-see-this-token'
export const service = { url: 'https://replies.example/stage/replies', token }

/** The client, the replies API with a store in memory, and a simulated Tencent Chat, all in virtual time. */
export const clientWorld = ({
  weather = [],
  latencyMs = 20,
  chatLatencyMs = 80,
}: ClientWorldOptions = {}) => {
  const world = deliveryWorld({ latencyMs: chatLatencyMs })
  const { clock, deps } = world
  const writing = () => invocation(clock, 29_000)
  const app = repliesApp({
    store: deps.store,
    webhookPaths: { bind: async () => 'own' },
    users: memoryUserRecords({ clock }),
    history: { forget: async () => {} },
    log: deps.log,
    readSecret: async (name) => (name === 'REPLIES_API_TOKEN' ? token : undefined),
    sameSecret: (a, b) => a === b,
    isSigned: () => false,
    now: clock.now,
    writesToGroups: false,
    newReplyId: () => 'new' as ReplyId,
    sendReply: () => Promise.reject(new Error('the client sends no whole replies')),
    pushChunk: (replyId, chunk) => pushChunk(deps, settings, replyId, chunk, writing()),
    cancelReply: (replyId) => cancelReply(deps, settings, replyId, writing()),
  })

  const requests: { readonly path: string; readonly body: string; readonly atMs: number }[] = []
  const startMs = clock.now()
  const late: Promise<unknown>[] = []
  const serve = async (url: string, init: RequestInit): Promise<Response> => {
    await clock.sleep(latencyMs)
    return app.request(new URL(url).pathname.replace('/stage', ''), { ...init, signal: null })
  }
  const later = (url: string, init: RequestInit, ms: number): void => {
    late.push(clock.sleep(ms).then(() => serve(url, init)))
  }
  const silence = async (signal: AbortSignal | null | undefined): Promise<never> => {
    await clock.sleep(3_600_000, signal ?? undefined)
    throw new Error('aborted')
  }
  const unreachable = (): never => {
    throw new TypeError('fetch failed')
  }
  const refused = (status: number): Response =>
    new Response('{"message":"Service Unavailable"}', {
      status,
      headers: status === 429 || status === 503 ? { 'retry-after': '1' } : {},
    })

  const fetch: Platform['fetch'] = async (url, init) => {
    const at = weather[requests.length] ?? 'fine'
    const path = new URL(url).pathname.replace('/stage/replies', '')
    requests.push({ path, body: String(init.body ?? ''), atMs: clock.now() - startMs })
    switch (at) {
      case 'fine':
        return serve(url, init)
      case 'lost':
        return unreachable()
      case 'silent':
        return silence(init.signal)
      case 'answer lost':
        await serve(url, init)
        return unreachable()
      case 'answer silent':
        later(url, init, 0)
        return silence(init.signal)
      case 'cut':
        later(url, init, 0)
        return unreachable()
      case 'doubled':
        later(url, init, 700)
        return serve(url, init)
      case 'overtaken':
        later(url, init, 5_000)
        return unreachable()
      default:
        return refused(at)
    }
  }
  const stream = streamReplyOn({
    fetch,
    wait: clock.sleep,
    now: clock.now,
    random: () => 0.5,
    newReplyId: () => 'new',
  })

  /** A source that yields each piece, `everyMs` apart, and notes where it was let go. */
  const source = { letGo: false }
  async function* play(pieces: readonly string[], everyMs: number) {
    try {
      for (const piece of pieces) {
        yield piece
        await clock.sleep(everyMs)
      }
    } finally {
      source.letGo = true
    }
  }

  return {
    ...world,
    requests,
    /** The bodies of the chunks that were pushed. */
    pushes: () =>
      requests.filter(({ path }) => path.endsWith('/chunks')).map(({ body }) => JSON.parse(body)),
    source,
    play,
    stream: (
      pieces: AsyncIterable<string>,
      options: { readonly signal?: AbortSignal } = {},
      replyId = 'reply-1',
    ): Promise<ReplyReceipt> => stream(service, { ...conversation, replyId }, pieces, options),
    streamTo: stream,
    /** All that was under way has arrived and been answered. */
    settled: () => Promise.allSettled(late),
  }
}
