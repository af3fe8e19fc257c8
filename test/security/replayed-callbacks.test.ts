import { describe, expect, it } from 'vitest'
import { type Turn, turnReplyId } from '../../lib/core/conversation/turn.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { MsgKey, ReplyId } from '../../lib/core/reply/reply.ts'
import type { ReplyStore } from '../../lib/ports.ts'
import type { TurnDeps } from '../../lib/use-cases/answer-turn.ts'
import { runTurn } from '../../lib/use-cases/run-turn.ts'
import { callbackQuery, interruptBody, messageBody, msgKey } from '../support/callbacks.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { accepted, notTaken, refusal, webhookWorlds } from '../support/webhook-world.ts'

const startWorld = webhookWorlds()

const genuine: Turn = {
  replyId: turnReplyId('1_2_1700000000' as MsgKey),
  conversation,
  text: 'genuine',
  askedAtMs: 1_700_000_000_000,
}

/** A worker whose source notes what it is asked. */
const turnWorld = () => {
  const world = deliveryWorld()
  const asked: string[] = []
  const deps: TurnDeps = {
    ...world.deps,
    source: async function* ({ turn }) {
      asked.push(turn.text)
      yield `answer to ${turn.text}`
    },
  }
  const never = new AbortController().signal
  const signals = { handOver: never, startBy: never, deadline: never }
  const run = (turn: Turn) =>
    world.run(
      runTurn(
        deps,
        { ...settings, sourceTimeoutMs: 20_000, answerLimitMs: 1_800_000 },
        turn,
        signals,
      ),
    )
  return { ...world, asked, answer: run }
}

/** The reply whose message an `interruptBody` names. */
const beginReply = async (store: ReplyStore): Promise<ReplyId> => {
  const replyId = 'reply-1' as ReplyId
  const times = { createdAtMs: 0, progress: unsentProgress(0), piecewise: false }
  const asked = { from: '@RBT#001', to: 'jared' }
  await store.begin({ replyId, kind: 'turn', conversation: asked, ...times }, Date.now() + 15_000)
  await store.claimMessage(msgKey as MsgKey, replyId, asked)
  return replyId
}

const saying = (text: string, changes: object = {}) =>
  messageBody({ MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }], ...changes })

describe('the address of a genuine callback, used again', () => {
  it('with another body and the same MsgKey brings nothing: the first body stands', async () => {
    const world = await startWorld()
    const query = callbackQuery()

    expect(await world.call({ query, body: saying('genuine') })).toMatchObject(accepted)
    expect(await world.call({ query, body: saying('forged') })).toMatchObject(accepted)

    const enqueued = await world.enqueued()
    expect(enqueued).toMatchObject([{ body: { turn: { text: 'genuine' } } }])
  })

  it('with a MsgKey of its own is taken for a new message until the address is 300 s old', async () => {
    const world = await startWorld()
    const forged = { body: saying('forged', { MsgKey: '9_9_9' }) }

    expect(await world.call({ ...forged, ageSeconds: 295 })).toMatchObject(accepted)
    expect(await world.call({ ...forged, ageSeconds: 302 })).toEqual(refusal(403, notTaken))

    expect(await world.enqueued()).toHaveLength(1)
  })
})

describe('a callback that comes again as it was', () => {
  it('is answered OK, and its message is taken once', async () => {
    const world = await startWorld()
    const query = callbackQuery()
    const body = saying('once')

    for (let time = 0; time < 3; time += 1) {
      expect(await world.call({ query, body })).toMatchObject(accepted)
    }

    expect(await world.enqueued()).toHaveLength(1)
  })

  it('is answered OK, and its Stop changes nothing that the first did not', async () => {
    const world = await startWorld()
    const stop = { query: callbackQuery(), body: interruptBody() }
    const replyId = await beginReply(world.store)

    expect(await world.call(stop)).toMatchObject(accepted)
    const once = await world.store.read(replyId)
    expect(await world.call(stop)).toMatchObject(accepted)

    expect(once).toMatchObject({ status: 'open', cancelRequested: true })
    expect(await world.store.read(replyId)).toEqual(once)
    expect(await world.waiting()).toBe(0)
  })

  it('leaves a reply that has ended since as it is, whatever Stop it brings', async () => {
    const world = await startWorld()
    const stop = { query: callbackQuery(), body: interruptBody() }
    const replyId = await beginReply(world.store)
    const progress = unsentProgress(0)
    await world.store.end(replyId, 1, { status: 'finished', progress })
    const ended = await world.store.read(replyId)

    expect(await world.call(stop)).toMatchObject(accepted)

    expect(await world.store.read(replyId)).toEqual(ended)
  })

  it('with another text is answered no second time, also once the queue has forgotten the first', async () => {
    const world = turnWorld()

    await world.answer(genuine)
    const calls = world.service.calls.length
    expect(await world.answer({ ...genuine, text: 'forged' })).toEqual({ done: true })

    expect(world.asked).toEqual(['genuine'])
    expect(world.service.calls).toHaveLength(calls)
  })
})

describe('a turn with the MsgKey of a message in another conversation', () => {
  const forged = { ...genuine, conversation: { ...conversation, to: 'other' }, text: 'forged' }

  it('is not answered, neither there nor to whom the reply belongs', async () => {
    const world = turnWorld()
    // The worker of the genuine turn died before it had sent anything; its lease has run out.
    const nowMs = world.clock.now()
    const { replyId } = genuine
    const progress = unsentProgress(nowMs)
    await world.deps.store.begin(
      { replyId, kind: 'turn', conversation, createdAtMs: nowMs, progress, piecewise: false },
      nowMs - 1,
    )

    expect(await world.answer(forged)).toEqual({ done: true })
    expect(world.rules.messages()).toEqual([])
    await world.answer(genuine)

    expect(world.asked).toEqual(['genuine'])
    expect(world.shown()).toMatchObject([{ to: conversation.to, text: 'answer to genuine' }])
  })
})
