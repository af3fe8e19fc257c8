import { type Context, Hono } from 'hono'
import type { PushedChunk, ReplyRecord } from '../core/reply/record.ts'
import { type Conversation, isSameConversation, type ReplyId } from '../core/reply/reply.ts'
import { parseReplyId, REPLY_ID_RULE } from '../core/reply/reply-id.ts'
import type { Log, ReplyStore } from '../ports.ts'
import { OutOfReach } from '../ports.ts'
import type { PushResult } from '../use-cases/push-chunk.ts'
import type { SendOutcome, WholeReply } from '../use-cases/send-reply.ts'
import { authenticate, type ReadSecret, webhookIdOf } from './authenticate.ts'
import { badFields, readBody } from './body.ts'
import { type BodyMap, parseMapped } from './mapped-body.ts'
import { problem } from './problem.ts'
import { parsePushedChunk } from './pushed-chunk.ts'
import { parseReplyOrder } from './reply-order.ts'
import { type Outcome, replyAnswer, sentAnswer } from './reply-view.ts'
import { webhookReplyId } from './webhook-reply-id.ts'

/** The largest body that is taken, in bytes. */
const MAX_BODY_BYTES = 256 * 1024
const RETRY_AFTER_SECONDS = '5'

export interface RepliesAppDeps {
  readonly store: ReplyStore
  readonly log: Log
  readonly readSecret: ReadSecret
  readonly newReplyId: () => ReplyId
  /** For signed webhooks whose bodies are not those of `POST /replies`. */
  readonly webhookMap?: BodyMap | undefined
  readonly sendReply: (reply: WholeReply) => Promise<SendOutcome>
  readonly pushChunk: (replyId: ReplyId, chunk: PushedChunk) => Promise<PushResult>
  readonly cancelReply: (replyId: ReplyId) => Promise<ReplyRecord | undefined>
}

/** The replies API over web standard requests; errors are problem+json, and no path throws. */
export const repliesApp = (deps: RepliesAppDeps): Hono => {
  const app = new Hono({ strict: false })

  app.use(async (c, next) => {
    const body = Buffer.from(await c.req.arrayBuffer())
    const checked = await authenticate(c.req.raw.headers, body, deps.readSecret)
    if (!checked.ok) {
      return problem(401, { detail: checked.detail, headers: { 'www-authenticate': 'Bearer' } })
    }
    if (body.length > MAX_BODY_BYTES) {
      return problem(413, { detail: `the body must not be larger than ${MAX_BODY_BYTES} bytes` })
    }
    return next()
  })
  app.post('/replies', (c) => postReply(deps, c))
  app.get('/replies/:replyId', (c) => getReply(deps, c))
  app.post('/replies/:replyId/chunks', (c) => postChunk(deps, c))
  app.post('/replies/:replyId/cancel', (c) => postCancel(deps, c))
  app.all('/replies', () => notAllowed('POST'))
  app.all('/replies/:replyId/chunks', () => notAllowed('POST'))
  app.all('/replies/:replyId/cancel', () => notAllowed('POST'))
  app.all('/replies/:replyId', () => notAllowed('GET'))
  app.notFound(() => problem(404, { detail: 'there is nothing at this path; see /replies' }))
  app.onError((error) => {
    if (error instanceof OutOfReach) {
      deps.log.warn('out-of-reach', { what: error.what, error: error.message })
      return problem(503, {
        detail: `the ${error.what} is out of reach; try again`,
        headers: { 'retry-after': RETRY_AFTER_SECONDS },
      })
    }
    deps.log.warn('unexpected-error', { error: error.stack ?? String(error) })
    return problem(500, { detail: 'something unexpected went wrong; the log has more' })
  })
  return app
}

const notAllowed = (allow: string): Response =>
  problem(405, { detail: `use ${allow}`, headers: { allow } })

const postReply = async (deps: RepliesAppDeps, c: Context): Promise<Response> => {
  const webhookId = webhookIdOf(c.req.raw.headers)
  const map = webhookId === undefined ? undefined : deps.webhookMap
  const order = await readBody(c, map ? parseMapped(map, parseReplyOrder) : parseReplyOrder)
  if (!order.ok) return order.error

  const ownId = webhookId === undefined ? deps.newReplyId() : webhookReplyId(webhookId)
  const replyId = order.value.replyId ?? ownId
  const async = /(^|[,;\s])respond-async\b/i.test(c.req.header('prefer') ?? '')
  const sent = await deps.sendReply({ ...order.value, replyId, async })
  if (sent.outcome === 'sent') return sentAnswer(sent.receipt)
  return sameConversation(sent.record, order.value.conversation)
    ? sentAnswer(sent.record)
    : problem(409, { detail: 'this replyId belongs to another conversation', replyId })
}

const sameConversation = ({ conversation }: ReplyRecord, other: Conversation): boolean =>
  conversation === undefined || isSameConversation(conversation, other)

const postChunk = async (deps: RepliesAppDeps, c: Context): Promise<Response> => {
  const replyId = idOf(c)
  if (replyId === undefined) return badId()
  const chunk = await readBody(c, parsePushedChunk)
  if (!chunk.ok) return chunk.error

  const pushed = await deps.pushChunk(replyId, chunk.value)
  switch (pushed.outcome) {
    case 'drained':
      return chunkAnswer(pushed.receipt, chunk.value.seq)
    case 'accepted':
      return chunkAnswer(pushed.record, chunk.value.seq)
    case 'ended':
      return problem(409, { detail: 'the reply has ended; nothing can be added', replyId })
    case 'otherConversation':
      return problem(409, { detail: 'the reply began with another from or to', replyId })
    case 'full':
      return problem(429, {
        detail: whyFull(pushed.record.inbox.nextSeq, chunk.value.seq),
        replyId,
        headers: { 'retry-after': RETRY_AFTER_SECONDS },
      })
  }
}

const whyFull = (nextSeq: number, seq: number): string =>
  seq === nextSeq
    ? 'too much waits to be sent; send this one again later'
    : `too much waits for seq ${nextSeq}; send that one first`

const chunkAnswer = (reply: Outcome, seq: number): Response =>
  sentAnswer(reply, reply.status !== 'open' || reply.progress.sentSeq >= seq)

const getReply = async ({ store }: RepliesAppDeps, c: Context): Promise<Response> => {
  const replyId = idOf(c)
  if (replyId === undefined) return badId()
  const record = await store.read(replyId)
  return record === undefined ? unknown(replyId) : replyAnswer(record, 200)
}

const postCancel = async (deps: RepliesAppDeps, c: Context): Promise<Response> => {
  const replyId = idOf(c)
  if (replyId === undefined) return badId()
  const record = await deps.cancelReply(replyId)
  return record === undefined ? unknown(replyId) : replyAnswer(record, 202)
}

const idOf = (c: Context): ReplyId | undefined => parseReplyId(c.req.param('replyId') ?? '')

const badId = (): Response => badFields([{ path: 'replyId', message: REPLY_ID_RULE }])

const unknown = (replyId: ReplyId): Response => problem(404, { detail: 'no such reply', replyId })
