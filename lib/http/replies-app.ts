import { type Context, Hono } from 'hono'
import type { Conversation, ReplyId, ReplyStatus } from '../core/reply.ts'
import { parseReplyId, REPLY_ID_RULE } from '../core/reply-id.ts'
import type { Log, ReplyRecord, ReplyStore } from '../ports.ts'
import { OutOfReach } from '../ports.ts'
import type { SendOutcome, WholeReply } from '../send-reply.ts'
import { authenticate, type ReadSecret, webhookIdOf } from './authenticate.ts'
import { problem } from './problem.ts'
import { parseReplyOrder } from './reply-order.ts'
import { webhookReplyId } from './webhook-reply-id.ts'

/** The largest body that is taken, in bytes. */
const MAX_BODY_BYTES = 256 * 1024
const RETRY_AFTER_SECONDS = '5'

export interface RepliesAppDeps {
  readonly store: ReplyStore
  readonly log: Log
  readonly readSecret: ReadSecret
  readonly newReplyId: () => ReplyId
  readonly sendReply: (reply: WholeReply) => Promise<SendOutcome>
}

/** What every success answers. */
interface ReplyView {
  readonly replyId: ReplyId
  readonly status: ReplyStatus
  readonly msgKeys: readonly string[]
  readonly sentSeq: number
  readonly calls: number
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
  app.all('/replies', () => notAllowed('POST'))
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
    deps.log.warn('unexpected-error', { error: String(error) })
    return problem(500, { detail: 'something unexpected went wrong; the log has more' })
  })
  return app
}

const notAllowed = (allow: string): Response =>
  problem(405, { detail: `use ${allow}`, headers: { allow } })

const postReply = async (deps: RepliesAppDeps, c: Context): Promise<Response> => {
  const type = c.req.header('content-type')
  if (type !== undefined && !/^application\/([\w.+-]+\+)?json *(;|$)/i.test(type)) {
    return problem(415, { detail: 'send the body as application/json' })
  }
  const json = await parseJson(c)
  if (json === undefined) {
    return problem(400, {
      detail: 'the body is not valid JSON',
      errors: [{ path: 'body', message: 'must be valid JSON' }],
    })
  }
  const order = parseReplyOrder(json.value)
  if (!order.ok) {
    const [first] = order.error
    return problem(400, { detail: `${first?.path} ${first?.message}`, errors: order.error })
  }
  const webhookId = webhookIdOf(c.req.raw.headers)
  const ownId = webhookId === undefined ? deps.newReplyId() : webhookReplyId(webhookId)
  const replyId = order.value.replyId ?? ownId
  const sent = await deps.sendReply({ ...order.value, replyId })
  if (sent.outcome === 'sent') return answerFor(sent.receipt)
  const { record } = sent
  if (!sameConversation(record.conversation, order.value.conversation)) {
    return problem(409, { detail: 'this replyId belongs to another conversation', replyId })
  }
  return answerFor(recordView(record))
}

const parseJson = async (c: Context): Promise<{ readonly value: unknown } | undefined> => {
  try {
    return { value: await c.req.json() }
  } catch {
    return undefined
  }
}

const sameConversation = (a: Conversation | undefined, b: Conversation): boolean =>
  a === undefined || (a.from === b.from && a.to === b.to)

const getReply = async ({ store }: RepliesAppDeps, c: Context): Promise<Response> => {
  const replyId = parseReplyId(c.req.param('replyId') ?? '')
  if (replyId === undefined) {
    const errors = [{ path: 'replyId', message: REPLY_ID_RULE }]
    return problem(400, { detail: `replyId ${REPLY_ID_RULE}`, errors })
  }
  const record = await store.read(replyId)
  if (record === undefined) return problem(404, { detail: 'no such reply', replyId })
  return Response.json(view(recordView(record)))
}

type Viewed = ReplyView & Pick<ReplyRecord, 'failure'>

const recordView = ({ replyId, status, progress, failure }: ReplyRecord): Viewed => ({
  ...progress,
  replyId,
  status,
  ...(failure === undefined ? {} : { failure }),
})

const view = ({ replyId, status, msgKeys, sentSeq, calls }: ReplyView): ReplyView => ({
  replyId,
  status,
  msgKeys,
  sentSeq,
  calls,
})

const answerFor = (reply: Viewed): Response => {
  const { failure, replyId } = reply
  if (failure?.reason === 'refused') {
    const { code, detail } = failure
    return problem(502, { detail, replyId, ...(code === undefined ? {} : { code }) })
  }
  return Response.json(view(reply), { status: reply.status === 'open' ? 202 : 200 })
}
