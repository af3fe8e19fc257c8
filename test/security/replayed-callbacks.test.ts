import { describe, expect, it } from 'vitest'
import { type Turn, turnReplyId } from '../../lib/core/conversation/turn.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { MsgKey } from '../../lib/core/reply/reply.ts'
import type { TurnDeps } from '../../lib/use-cases/answer-turn.ts'
import { runTurn } from '../../lib/use-cases/run-turn.ts'
import { callbackQuery, messageBody } from '../support/callbacks.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { accepted, refusal, webhookWorlds } from '../support/webhook-world.ts'

const startWorld = webhookWorlds()

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
    expect(await world.call({ ...forged, ageSeconds: 302 })).toEqual(refusal(403, /^RequestTime/))

    expect(await world.enqueued()).toHaveLength(1)
  })
})

describe('a turn with the MsgKey of a message in another conversation', () => {
  const genuine: Turn = {
    replyId: turnReplyId('1_2_1700000000' as MsgKey),
    conversation,
    text: 'genuine',
    askedAtMs: 1_700_000_000_000,
  }
  const forged = { ...genuine, conversation: { ...conversation, to: 'other' }, text: 'forged' }

  it('is not answered, neither there nor to whom the reply belongs', async () => {
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
    const run = (turn: Turn) =>
      world.run(
        runTurn(deps, { ...settings, sourceTimeoutMs: 20_000 }, turn, {
          handOver: never,
          startBy: never,
          deadline: never,
        }),
      )
    // The worker of the genuine turn died before it had sent anything; its lease has run out.
    const nowMs = world.clock.now()
    const { replyId } = genuine
    const progress = unsentProgress(nowMs)
    await world.deps.store.begin(
      { replyId, kind: 'turn', conversation, createdAtMs: nowMs, progress, piecewise: false },
      nowMs - 1,
    )

    expect(await run(forged)).toEqual({ done: true })
    expect(world.rules.messages()).toEqual([])
    await run(genuine)

    expect(asked).toEqual(['genuine'])
    expect(world.shown()).toMatchObject([{ to: conversation.to, text: 'answer to genuine' }])
  })
})
