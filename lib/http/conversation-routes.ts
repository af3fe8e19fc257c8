import type { Context } from 'hono'
import * as v from 'valibot'
import type { Conversation } from '../core/reply/reply.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { ConversationHistory, UserRecords } from '../ports.ts'
import { jsonAnswer } from './answer.ts'
import type { Caller } from './authenticate.ts'
import { readBody } from './body.ts'
import { account, bodyOf, bot, fieldErrors } from './fields.ts'
import { unlessFor } from './permission.ts'
import { badFields, type FieldError, problem } from './problem.ts'

export interface ConversationDeps {
  readonly users: Pick<UserRecords, 'pause' | 'resume' | 'forget'>
  readonly history: Pick<ConversationHistory, 'forget'>
  readonly now: () => number
}

/** A request of a caller who may administer conversations, if only those of some bots. */
export interface ConversationRequest {
  readonly c: Pick<Context, 'req'>
  readonly caller: Caller
}

/** The longest that a bot is silent for one request, in seconds: a day. */
const MAX_PAUSE_SECONDS = 86_400

const conversation = { from: bot, to: account }
const seconds = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
  v.maxValue(
    MAX_PAUSE_SECONDS,
    `must be at most ${MAX_PAUSE_SECONDS}: pause again before it is over`,
  ),
)

const parseWith =
  <Entries extends v.ObjectEntries>(entries: Entries) =>
  (
    input: unknown,
  ): Result<v.InferOutput<v.StrictObjectSchema<Entries, undefined>>, readonly FieldError[]> => {
    const parsed = v.safeParse(bodyOf(entries), input)
    return parsed.success ? ok(parsed.output) : err(fieldErrors(parsed.issues))
  }

const parsePause = parseWith({ ...conversation, seconds })
const parseConversation = parseWith(conversation)

/** A signature covers the body of a request and not its path: it could be shown again at another one. */
const unlessBearer = ({ webhookId }: Caller): Response | undefined =>
  webhookId === undefined
    ? undefined
    : problem(403, { detail: 'conversations are administered with a bearer token' })

const unlessAdministers = (caller: Caller, { from }: Conversation): Response | undefined =>
  unlessBearer(caller) ?? unlessFor(caller, from)

/** `POST /conversations/pause`: a person answers in the bot's place. */
export const postPause = async (
  { users, now }: ConversationDeps,
  { c, caller }: ConversationRequest,
): Promise<Response> => {
  const asked = await readBody(c, parsePause)
  if (!asked.ok) return asked.error
  const { from, to, seconds: lasts } = asked.value
  const foreign = unlessAdministers(caller, { from, to })
  if (foreign !== undefined) return foreign
  const untilMs = Math.ceil(now()) + lasts * 1_000
  await users.pause({ from, to }, untilMs)
  return jsonAnswer(200, { from, to, pausedUntil: new Date(untilMs).toISOString() })
}

/** `POST /conversations/resume`: the bot answers again. */
export const postResume = async (
  { users }: ConversationDeps,
  { c, caller }: ConversationRequest,
): Promise<Response> => {
  const asked = await readBody(c, parseConversation)
  if (!asked.ok) return asked.error
  const foreign = unlessAdministers(caller, asked.value)
  if (foreign !== undefined) return foreign
  await users.resume(asked.value)
  return jsonAnswer(200, asked.value)
}

/** `DELETE /conversations?from=&to=`: what is remembered of a conversation is erased. */
export const deleteConversation = async (
  { users, history }: ConversationDeps,
  { c, caller }: ConversationRequest,
): Promise<Response> => {
  const asked = parseConversation(c.req.query())
  if (!asked.ok) return badFields(asked.error)
  const foreign = unlessAdministers(caller, asked.value)
  if (foreign !== undefined) return foreign
  await Promise.all([history.forget(asked.value), users.forget(asked.value)])
  return jsonAnswer(200, { ...asked.value, erased: true })
}
