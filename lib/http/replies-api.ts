import { type Context, Hono } from 'hono'
import type { KeyVerb } from '../core/api-keys.ts'
import { OutOfReach } from '../core/out-of-reach.ts'
import type { ReplyId } from '../core/reply/reply.ts'
import type { Log } from '../ports.ts'
import { type AuthenticateDeps, authenticate, type Caller } from './authenticate.ts'
import {
  type ConversationDeps,
  type ConversationRequest,
  deleteConversation,
  postPause,
  postResume,
} from './conversation-routes.ts'
import { unlessMay } from './permission.ts'
import { MAX_BODY_BYTES, TOO_LARGE } from './plain-request.ts'
import { problem, refused, retryLater } from './problem.ts'
import {
  getReply,
  postCancel,
  postChunk,
  postReply,
  type ReplyRequest,
  type RouteDeps,
} from './replies-routes.ts'

export interface RepliesAppDeps extends RouteDeps, ConversationDeps, AuthenticateDeps {
  readonly log: Log
  /** Where the request comes from, as the gateway saw it. */
  readonly address?: string | undefined
}

/** What is known of a request under way, for the line that the log keeps of it. */
interface Known {
  readonly Variables: { caller: Caller; verb?: KeyVerb; replyId?: ReplyId }
}

type Route = (deps: RouteDeps, request: ReplyRequest) => Promise<Response>

/**
 * The replies API over web standard requests; errors are problem+json, and no path throws. Whoever was let in leaves one line
 * in the log: the key's name, what was asked for which reply, from where, and the answer's status.
 */
export const repliesApp = (deps: RepliesAppDeps): Hono<Known> => {
  const app = new Hono<Known>({ strict: false })
  const { log, address } = deps

  app.use(async (c, next) => {
    const body = Buffer.from(await c.req.arrayBuffer())
    // Before its signature, or anything else of it, is worked on.
    if (body.length > MAX_BODY_BYTES) return problem(413, { detail: TOO_LARGE })
    const checked = await authenticate(deps, c.req.raw.headers, body)
    if (!checked.ok) {
      noteRefusal(log, checked, address)
      return refused()
    }
    c.set('caller', checked.caller)
    await next()
    const { caller, verb, replyId } = c.var
    log.info('request', { key: caller.name, verb, replyId, address, status: c.res.status })
    return undefined
  })
  const as = (verb: KeyVerb, route: Route) => async (c: Context<Known>) => {
    const { caller } = c.var
    c.set('verb', verb)
    const noteReply = (replyId: ReplyId): void => c.set('replyId', replyId)
    return unlessMay(caller, verb) ?? route(deps, { c, caller, noteReply })
  }
  const administer =
    (route: (deps: ConversationDeps, request: ConversationRequest) => Promise<Response>) =>
    async (c: Context<Known>) => {
      const { caller } = c.var
      c.set('verb', 'admin')
      return unlessMay(caller, 'admin') ?? route(deps, { c, caller })
    }
  app.post('/replies', as('send', postReply))
  app.get('/replies/:replyId', as('read', getReply))
  app.post('/replies/:replyId/chunks', as('send', postChunk))
  app.post('/replies/:replyId/cancel', as('cancel', postCancel))
  app.all('/replies', () => notAllowed('POST'))
  app.all('/replies/:replyId/chunks', () => notAllowed('POST'))
  app.all('/replies/:replyId/cancel', () => notAllowed('POST'))
  app.all('/replies/:replyId', () => notAllowed('GET'))
  app.delete('/conversations', administer(deleteConversation))
  app.post('/conversations/pause', administer(postPause))
  app.post('/conversations/resume', administer(postResume))
  app.all('/conversations', () => notAllowed('DELETE'))
  app.all('/conversations/pause', () => notAllowed('POST'))
  app.all('/conversations/resume', () => notAllowed('POST'))
  app.notFound(() => problem(404, { detail: 'there is nothing at this path; see /replies' }))
  app.onError((error) => failed(log, error))
  return app
}

const notAllowed = (allow: string): Response =>
  problem(405, { detail: `use ${allow}`, headers: { allow } })

/** Strangers without any credentials are nobody's business; the others may be a mistake of the operator. */
const noteRefusal = (
  log: Log,
  { reason, key }: { readonly reason: string; readonly key?: string },
  address: string | undefined,
): void => {
  if (reason === 'none-configured') {
    const mend = 'set REPLIES_API_KEYS, REPLIES_API_TOKEN or REPLIES_WEBHOOK_SECRET'
    log.warn('request-refused', { reason, mend, address })
  }
  if (reason === 'expired') log.warn('request-refused', { reason, key, address })
}

const failed = (log: Log, error: Error): Response => {
  if (error instanceof OutOfReach) {
    log.warn('out-of-reach', { what: error.what, error: error.message })
    const detail = `the ${error.what} is out of reach; try again`
    return problem(503, { detail, headers: retryLater })
  }
  log.warn('unexpected-error', { error: error.stack ?? String(error) })
  return problem(500, { detail: 'something unexpected went wrong; the log has more' })
}
