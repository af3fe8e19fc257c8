import { setTimeout as wait } from 'node:timers/promises'
import { parseMsgKey, turnReplyId } from '../../lib/core/conversation/turn.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { messageCallback, stopCallback } from '../../local/simulator/callbacks.ts'
import type { MessageView } from '../../local/simulator/messages.ts'
import { type Answer, insist, isAccepted, post } from './client.ts'
import type { PlannedReply } from './plan.ts'
import { CALLBACK_TOKEN, SDK_APP_ID, type SoakWorld } from './world.ts'

const BOT = '@RBT#soak'

/** What became of a planned reply, as its producer knows it. */
export interface ReplyCase {
  readonly plan: PlannedReply
  replyId: ReplyId
  askedAtMs: number
  /** When somebody said that it is taken; from then on it must be shown. */
  acceptedAtMs?: number
  /** An answer that a good request should not get. */
  refusal?: Answer
  /** Somebody asked for its early end. */
  cancelled: boolean
  /** The producer has nothing more to ask. */
  done: boolean
}

const application = { sdkAppId: SDK_APP_ID, token: CALLBACK_TOKEN }
const PUSH_EVERY_MS = 60
/** How long a user looks for something to stop. */
const LOOK_FOR_MS = 10_000

/** Does what a producer and its user do for one reply; resolves when both have nothing more to ask. */
export const produce = async (
  world: SoakWorld,
  one: ReplyCase,
  stoppedKeys: Set<string>,
): Promise<void> => {
  await Promise.all([ask(world, one), endEarly(world, one, stoppedKeys)])
  one.done = true
}

const ask = async (world: SoakWorld, one: ReplyCase): Promise<void> => {
  const { kind } = one.plan
  if (kind === 'turn') return askTurn(world, one)
  if (kind === 'pushed') return pushAll(world, one)
  const answer = await insist(() => post(world.url, '/replies', orderOf(one), headersOf(kind)))
  noteAnswer(one, answer)
}

const orderOf = ({ plan, replyId }: ReplyCase): object => {
  const { kind, user, text, pieces, charsPerSecond } = plan
  const order = { replyId, from: BOT, to: user }
  if (kind === 'chunks') return { ...order, chunks: pieces }
  return kind === 'typed' ? { ...order, text, charsPerSecond } : { ...order, text }
}

const headersOf = (kind: PlannedReply['kind']): Readonly<Record<string, string>> =>
  kind === 'later' ? { prefer: 'respond-async' } : {}

const noteAnswer = (one: ReplyCase, answer: Answer | undefined): void => {
  if (answer === undefined) return
  if (isAccepted(answer)) one.acceptedAtMs ??= Date.now()
  // Nothing is taken any more after a cancel.
  else if (!(answer.status === 409 && one.plan.stopped !== undefined)) one.refusal ??= answer
}

const pushAll = async (world: SoakWorld, one: ReplyCase): Promise<void> => {
  const { pushes, pieces, user } = one.plan
  await Promise.all(
    pushes.map(async (seq, nth) => {
      await wait(nth * PUSH_EVERY_MS)
      const finish = seq === pieces.length - 1
      const chunk = { seq, text: pieces[seq], finish, from: BOT, to: user }
      const path = `/replies/${one.replyId}/chunks`
      noteAnswer(one, await insist(() => post(world.url, path, chunk)))
    }),
  )
}

const askTurn = async (world: SoakWorld, one: ReplyCase): Promise<void> => {
  const { number, user, text, charsPerSecond, modelFault } = one.plan
  const question = `question ${number}`
  world.model.teach(question, { text, charsPerSecond, fault: modelFault })
  const said = world.service.rules.userSays({ from: user, to: BOT, text: question }, Date.now())
  const msgKey = parseMsgKey(said.msgKey)
  if (msgKey !== undefined) one.replyId = turnReplyId(msgKey)
  noteAnswer(
    one,
    await insist(() => callBack(world, messageCallback(application, said, Date.now()))),
  )
}

const callBack = (
  { url }: SoakWorld,
  { query, body }: { readonly query: URLSearchParams; readonly body: string },
): Promise<Answer | undefined> => post(url, `/webhooks/chat?${query}`, body)

const endEarly = async (
  world: SoakWorld,
  one: ReplyCase,
  stoppedKeys: Set<string>,
): Promise<void> => {
  const { stopped, user } = one.plan
  if (stopped === undefined) return
  await wait(stopped.afterMs)
  if (stopped.by === 'stop') return pressStop(world, user, stoppedKeys)
  one.cancelled = true
  await insist(() => post(world.url, `/replies/${one.replyId}/cancel`, {}))
}

/** Presses Stop at the newest message that the user sees growing, as soon as there is one. */
const pressStop = async (
  world: SoakWorld,
  user: string,
  stoppedKeys: Set<string>,
): Promise<void> => {
  const untilMs = Date.now() + LOOK_FOR_MS
  let growing = growingFor(world, user)
  while (growing === undefined && Date.now() < untilMs) {
    await wait(100)
    growing = growingFor(world, user)
  }
  if (growing === undefined) return
  const stopped = growing
  stoppedKeys.add(stopped.msgKey)
  await insist(() => callBack(world, stopCallback(application, stopped, Date.now())))
}

const growingFor = ({ service }: SoakWorld, user: string): MessageView | undefined =>
  service.rules
    .messages()
    .findLast(({ to, streamed, finished }) => to === user && streamed && !finished)
