import type { Context } from 'hono'
import { MAX_MESSAGES } from '../core/reply/plan-chunk.ts'
import type { PushedChunk, ReplyRecord } from '../core/reply/record.ts'
import type { Conversation, ReplyId } from '../core/reply/reply.ts'
import { isReserved, parseReplyId, REPLY_ID_RULE, RESERVED_RULE } from '../core/reply/reply-id.ts'
import type { ReplyStore, WebhookPaths } from '../ports.ts'
import type { PushResult } from '../use-cases/push-chunk.ts'
import type { SendOutcome, WholeReply } from '../use-cases/send-reply.ts'
import type { Caller } from './authenticate.ts'
import { readBody } from './body.ts'
import { type BodyMap, parseMapped } from './mapped-body.ts'
import { unlessFor, unlessOwn } from './permission.ts'
import { badFields, problem, retryLater } from './problem.ts'
import { parseCancel, parsePushedChunk } from './pushed-chunk.ts'
import { parseReplyOrder, tooMuch } from './reply-order.ts'
import { type Outcome, replyAnswer, sentAnswer } from './reply-view.ts'
import { webhookReplyId } from './webhook-reply-id.ts'

export interface RouteDeps {
  readonly store: ReplyStore
  readonly webhookPaths: WebhookPaths
  readonly newReplyId: () => ReplyId
  /** For signed webhooks whose bodies are not those of `POST /replies`. */
  readonly webhookMap?: BodyMap | undefined
  /** False where nothing is written into groups. */
  readonly writesToGroups: boolean
  readonly sendReply: (reply: WholeReply) => Promise<SendOutcome>
  readonly pushChunk: (replyId: ReplyId, chunk: PushedChunk) => Promise<PushResult>
  readonly cancelReply: (replyId: ReplyId) => Promise<ReplyRecord | undefined>
}

/** A request of a caller who may make it, if only for some replies. */
export interface ReplyRequest {
  readonly c: Pick<Context, 'req'>
  readonly caller: Caller
  /** Is told which reply the request is about. */
  readonly noteReply: (replyId: ReplyId) => void
}

/** `POST /replies` */
export const postReply = async (
  deps: RouteDeps,
  { c, caller, noteReply }: ReplyRequest,
): Promise<Response> => {
  const { webhookId } = caller
  const map = webhookId === undefined ? undefined : deps.webhookMap
  const order = await readBody(c, map ? parseMapped(map, parseReplyOrder) : parseReplyOrder)
  if (!order.ok) return order.error
  const excess = tooMuch(order.value)
  if (excess !== undefined) return problem(413, { detail: excess })

  const ownId = webhookId === undefined ? deps.newReplyId() : webhookReplyId(webhookId)
  const replyId = order.value.replyId ?? ownId
  noteReply(replyId)
  const { conversation } = order.value
  const foreign = unlessFor(caller, conversation.from) ?? unlessWritten(deps, conversation)
  if (foreign !== undefined) return foreign

  const async = /(^|[,;\s])respond-async\b/i.test(c.req.header('prefer') ?? '')
  const sent = await deps.sendReply({ ...order.value, replyId, async })
  switch (sent.outcome) {
    case 'sent':
      return sentAnswer(sent.receipt)
    case 'known':
      return sentAnswer(sent.record)
    case 'tooLong':
      return problem(413, { detail: whyTooLong(sent.fitsChars), replyId })
    case 'otherConversation':
      return problem(409, { detail: 'this replyId belongs to another conversation', replyId })
    case 'otherText':
      return problem(409, { detail: 'this replyId is that of a reply with another text', replyId })
  }
}

const whyTooLong = (fitsChars: number): string =>
  `a reply must not fill more than ${MAX_MESSAGES} messages: of this text the first ${fitsChars} characters have room`

/** `POST /replies/{replyId}/chunks` */
export const postChunk = async (
  deps: RouteDeps,
  { c, caller, noteReply }: ReplyRequest,
): Promise<Response> => {
  const replyId = freeIdOf(c)
  if (typeof replyId !== 'string') return replyId
  noteReply(replyId)
  // A signature covers the body and not the path: what was signed for one reply shall not go to another.
  const namesReply = caller.webhookId !== undefined
  const order = await readBody(c, (input) => parsePushedChunk(input, { namesReply }))
  if (!order.ok) return order.error
  const { chunk, replyId: named = replyId } = order.value
  if (named !== replyId) {
    return problem(409, { detail: 'the chunk belongs to another replyId than the path', replyId })
  }
  const foreign =
    (await unlessChunkOf(deps, caller, replyId, chunk)) ?? unlessWritten(deps, chunk.conversation)
  if (foreign !== undefined) return foreign
  const pushed = caller.bots === undefined ? chunk : { ...chunk, bound: true as const }
  return chunkAnswer(await deps.pushChunk(replyId, pushed), replyId, chunk)
}

/** The answer to a reply for a group where groups are not written to. */
const unlessWritten = (
  { writesToGroups }: RouteDeps,
  conversation: Conversation | undefined,
): Response | undefined =>
  conversation?.group === undefined || writesToGroups
    ? undefined
    : badFields([{ path: 'group', message: 'cannot be written to: GROUP_STREAM is off' }])

/** Whoever is bound to bots may not slip a chunk into a reply whose bot nobody has told yet. */
const unlessChunkOf = async (
  { store }: RouteDeps,
  caller: Caller,
  replyId: ReplyId,
  { conversation }: PushedChunk,
): Promise<Response | undefined> => {
  if (caller.bots === undefined) return undefined
  if (conversation !== undefined) return unlessFor(caller, conversation.from)
  const record = await store.read(replyId)
  if (record?.conversation !== undefined) return unlessOwn(caller, record)
  const message = 'is missing: nobody has said yet whose reply this is'
  return badFields(['from', 'to'].map((path) => ({ path, message })))
}

const whyFull = (nextSeq: number, seq: number): string =>
  seq === nextSeq
    ? 'too much waits to be sent; send this one again later'
    : `too much waits for seq ${nextSeq}; send that one first`

const chunkAnswer = (pushed: PushResult, replyId: ReplyId, { seq }: PushedChunk): Response => {
  switch (pushed.outcome) {
    case 'drained':
      return takenAnswer(pushed.receipt, seq)
    case 'accepted':
      return takenAnswer(pushed.record, seq)
    case 'ended':
      return problem(409, { detail: 'the reply has ended; nothing can be added', replyId })
    case 'otherConversation':
      return otherConversation(pushed.record)
    case 'otherText':
      return problem(409, { detail: `seq ${seq} came before, with another text`, replyId })
    case 'full':
      return problem(429, {
        detail: whyFull(pushed.record.inbox.nextSeq, seq),
        replyId,
        headers: retryLater,
      })
  }
}

/** Only a chunk of a key that is bound to bots is refused where there is no conversation yet. */
const otherConversation = ({ replyId, conversation }: ReplyRecord): Response =>
  conversation === undefined
    ? problem(403, { detail: 'this key may not say whose a reply is that others began', replyId })
    : problem(409, { detail: 'the reply began with another from or to', replyId })

const takenAnswer = (reply: Outcome, seq: number): Response =>
  sentAnswer(reply, reply.status !== 'open' || reply.progress.sentSeq >= seq)

/** `GET /replies/{replyId}`, also of replies that the service named. */
export const getReply = async (
  deps: RouteDeps,
  { c, caller, noteReply }: ReplyRequest,
): Promise<Response> => {
  const { store } = deps
  const replyId = idOf(c)
  if (replyId === undefined) return badId(REPLY_ID_RULE)
  noteReply(replyId)
  const elsewhere = await unlessBound(deps, caller, `GET ${replyId}`)
  if (elsewhere !== undefined) return elsewhere
  const record = await store.read(replyId)
  if (record === undefined) return unknown(replyId)
  return unlessOwn(caller, record) ?? replyAnswer(record, 200)
}

/** `POST /replies/{replyId}/cancel` */
export const postCancel = async (
  deps: RouteDeps,
  { c, caller, noteReply }: ReplyRequest,
): Promise<Response> => {
  const { store, cancelReply } = deps
  const replyId = freeIdOf(c)
  if (typeof replyId !== 'string') return replyId
  noteReply(replyId)
  const elsewhere = await unlessMeant(deps, c, caller, replyId)
  if (elsewhere !== undefined) return elsewhere
  const foreign = caller.bots && unlessOwn(caller, await store.read(replyId))
  if (foreign !== undefined) return foreign
  const record = await cancelReply(replyId)
  return record === undefined ? unknown(replyId) : replyAnswer(record, 202)
}

/** A signed cancel names its reply in its body or, without one, is good for the first path that it comes to. */
const unlessMeant = async (
  deps: RouteDeps,
  c: ReplyRequest['c'],
  caller: Caller,
  replyId: ReplyId,
): Promise<Response | undefined> => {
  if (caller.webhookId === undefined) return undefined
  if ((await c.req.text()) === '') return unlessBound(deps, caller, `cancel ${replyId}`)
  const named = await readBody(c, parseCancel)
  if (!named.ok) return named.error
  return named.value === replyId
    ? undefined
    : problem(409, { detail: 'the cancel is for another replyId than the path', replyId })
}

/** The answer to a signed request without a body that was captured and sent to another path. */
const unlessBound = async (
  { webhookPaths }: RouteDeps,
  { webhookId }: Caller,
  path: string,
): Promise<Response | undefined> => {
  if (webhookId === undefined) return undefined
  return (await webhookPaths.bind(webhookId, path)) === 'own'
    ? undefined
    : problem(409, { detail: 'this webhook-id came before, at another path' })
}

const idOf = (c: ReplyRequest['c']): ReplyId | undefined =>
  parseReplyId(c.req.param('replyId') ?? '')

/** The path's name, where it is one that a caller may give; else the answer. */
const freeIdOf = (c: ReplyRequest['c']): ReplyId | Response => {
  const replyId = idOf(c)
  if (replyId === undefined) return badId(REPLY_ID_RULE)
  return isReserved(replyId) ? badId(RESERVED_RULE) : replyId
}

const badId = (message: string): Response => badFields([{ path: 'replyId', message }])

const unknown = (replyId: ReplyId): Response => problem(404, { detail: 'no such reply', replyId })
