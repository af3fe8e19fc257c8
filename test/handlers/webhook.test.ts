import { describe, expect, it } from 'vitest'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { MsgKey, ReplyId } from '../../lib/core/reply/reply.ts'
import {
  callbackQuery,
  callbackRequest,
  interruptBody,
  messageBody,
  msgKey,
} from '../support/callbacks.ts'
import { gateways, httpApiEvent } from '../support/gateway-events.ts'
import { accepted, notTaken, refusal, webhookWorlds } from '../support/webhook-world.ts'

const oldToken = 'old-token-55aa'
const newToken = 'new-token-77cc'
const startWorld = webhookWorlds([oldToken, newToken, 'red packet', 'your cloud custom data'])

describe("a user's message", () => {
  const turn = {
    replyId: `turn:${msgKey}`,
    conversation: { from: '@RBT#001', to: 'jared' },
    text: 'red packet',
    askedAtMs: 1_670_574_414_123,
    customData: 'your cloud custom data',
  }

  it.each(gateways)('is enqueued once and answered OK: %s', async (_name, eventOf) => {
    const world = await startWorld()

    for (const wrapping of [{}, { base64: true }]) {
      const answer = await world.invoke(eventOf(callbackRequest(), wrapping))
      expect(answer).toEqual({
        ...accepted,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      })
    }

    expect(await world.enqueued()).toEqual([
      { body: { kind: 'turn', turn }, group: expect.any(String), name: turn.replyId },
    ])
    expect(world.log()).toMatchObject([
      { message: 'turn-enqueued', replyId: turn.replyId },
      { message: 'turn-enqueued', replyId: turn.replyId },
    ])
  })

  it('that comes as two events is one turn', async () => {
    const world = await startWorld()
    const CallbackCommand = 'C2C.CallbackAfterSendMsg'

    expect(await world.call()).toMatchObject(accepted)
    const again = { query: { CallbackCommand }, body: messageBody({ CallbackCommand }) }
    expect(await world.call(again)).toMatchObject(accepted)

    expect(await world.enqueued()).toHaveLength(1)
  })

  it('waits behind the earlier ones of its conversation, and not behind others', async () => {
    const world = await startWorld()

    await world.call()
    await world.call({ body: messageBody({ MsgKey: '1_2_4' }) })
    await world.call({ body: messageBody({ MsgKey: '1_2_5', From_Account: 'other' }) })

    const groups = new Map((await world.enqueued()).map(({ name, group }) => [name, group]))
    expect(groups.get('turn:1_2_4')).toBe(groups.get(`turn:${msgKey}`))
    expect(groups.get('turn:1_2_5')).not.toBe(groups.get(`turn:${msgKey}`))
  })

  it('may be as long as a message can be, in any characters', async () => {
    const world = await startWorld()
    const text = '\u0001\uFFFE👋'.repeat(3_000)

    const MsgBody = [{ MsgType: 'TIMTextElem', MsgContent: { Text: text } }]
    expect(await world.call({ body: messageBody({ MsgBody }) })).toMatchObject(accepted)

    expect(await world.enqueued()).toMatchObject([{ body: { turn: { text } } }])
  })
})

describe('a message without text', () => {
  it.each([
    ['nothing that anybody can read', []],
    [
      'a picture',
      [{ MsgType: 'TIMImageElem', MsgContent: { UUID: '1', ImageFormat: 1, ImageInfoArray: [] } }],
    ],
  ])('is answered all the same: %s', async (_name, MsgBody) => {
    const world = await startWorld()

    expect(await world.call({ body: messageBody({ MsgBody }) })).toMatchObject(accepted)

    expect(await world.enqueued()).toMatchObject([{ body: { turn: { text: '' } } }])
  })
})

describe('a genuine callback that wants no answer', () => {
  it.each([
    ['an event that nobody waits for', 'State.StateChange', '{}', 'unknown-callback'],
    ['no event at all', '', '{}', 'unknown-callback'],
    [
      'a message in a group that names no bot',
      'Bot.OnGroupMessage',
      '{"GroupId":"@TGS#2J4SZEAEL","From_Account":"jared","MsgSeq":1,"MsgBody":[]}',
      'message-dropped',
    ],
    ['no JSON', 'Bot.OnC2CMessage', 'To_Account=@RBT#001', 'malformed-callback'],
    ['no body', 'Bot.OnC2CMessage', '', 'malformed-callback'],
    ['another event in its body', 'Bot.OnGroupMessage', messageBody(), 'malformed-callback'],
    [
      'a message of a bot',
      'Bot.OnC2CMessage',
      messageBody({ From_Account: '@RBT#002' }),
      'message-dropped',
    ],
    [
      'a message that was not sent',
      'Bot.OnC2CMessage',
      messageBody({ SendMsgResult: 1 }),
      'message-dropped',
    ],
  ])('is answered OK: %s', async (_name, CallbackCommand, body, logged) => {
    const world = await startWorld()

    expect(await world.call({ query: { CallbackCommand }, body })).toMatchObject(accepted)

    expect(await world.waiting()).toBe(0)
    expect(world.log().map(({ message }) => message)).toEqual([logged])
  })
})

describe('a request that is no callback of ours', () => {
  it.each([
    ['a signature with one character changed', 'Sign', 'sign'],
    ['another application', 'SdkAppid', 'app'],
  ])('is refused with %s', async (_name, field, reason) => {
    const world = await startWorld()
    const genuine = callbackQuery()[field] ?? ''
    const changed = genuine.slice(0, -1) + (genuine.endsWith('0') ? '1' : '0')

    for (const [, eventOf] of gateways) {
      const answer = await world.call({ query: { [field]: changed } }, eventOf)
      expect(answer).toEqual(refusal(403, notTaken))
    }

    expect(await world.waiting()).toBe(0)
    const detail = expect.stringMatching(new RegExp(`^${field} `))
    expect(world.log()[0]).toMatchObject({ message: 'callback-refused', reason, detail })
  })

  it.each([
    [302, /^RequestTime is 30[234] s behind/],
    [-65, /^RequestTime is 6[1-5] s ahead/],
  ])('is refused when it is %i s old', async (ageSeconds, says) => {
    const world = await startWorld()

    expect(await world.call({ ageSeconds })).toEqual(refusal(403, notTaken))

    expect(await world.waiting()).toBe(0)
    expect(world.log()).toMatchObject([
      {
        message: 'callback-refused',
        reason: 'time',
        detail: expect.stringMatching(says),
      },
    ])
  })

  it('is refused without a query', async () => {
    const world = await startWorld()
    const { query: _, ...request } = callbackRequest()

    for (const [, eventOf] of gateways) {
      expect(await world.invoke(eventOf(request))).toEqual(refusal(403, notTaken))
    }
    expect(await world.waiting()).toBe(0)
  })

  it('is refused before its body is looked at', async () => {
    const world = await startWorld()
    const body = 'x'.repeat(300_000)

    expect(await world.call({ body, query: { Sign: 'f'.repeat(64) } })).toEqual(
      refusal(403, notTaken),
    )
  })
})

describe('a request of another kind', () => {
  it.each(['GET', 'PUT', 'DELETE', 'NO METHOD'])(
    'is refused when its method is %s',
    async (method) => {
      const world = await startWorld()

      const answer = await world.invoke(httpApiEvent({ ...callbackRequest(), method }))

      expect(answer).toMatchObject({ ...refusal(405, /POST/), headers: { allow: 'POST' } })
      expect(await world.waiting()).toBe(0)
    },
  )

  it.each([
    undefined,
    null,
    7,
    [],
    {},
    { Records: [] },
    { ...httpApiEvent(callbackRequest()), body: {} },
  ])('is refused when it is none of a gateway (%#)', async (event) => {
    const world = await startWorld()

    expect(await world.invoke(event)).toEqual(refusal(400, /gateway/))
  })

  it('is refused when its body is too large, and not when it is just small enough', async () => {
    const world = await startWorld()
    const padded = (bytes: number): string => {
      const body = JSON.stringify(messageBody({ New: '' }))
      return body.replace('"New":""', `"New":"${'x'.repeat(bytes - body.length)}"`)
    }

    expect(await world.call({ body: padded(256 * 1024 + 1) })).toEqual(refusal(413, /262144/))
    expect(await world.waiting()).toBe(0)
    expect(await world.call({ body: padded(256 * 1024) })).toMatchObject(accepted)
    expect(await world.waiting()).toBe(1)
  })
})

describe('an interrupt', () => {
  const replyId = 'reply-1' as ReplyId
  const begin = async ({ store }: Awaited<ReturnType<typeof startWorld>>): Promise<void> => {
    const conversation = { from: '@RBT#001', to: 'jared' }
    const progress = unsentProgress(0)
    await store.begin(
      { replyId, kind: 'turn', conversation, createdAtMs: 0, progress, piecewise: false },
      Date.now() + 15_000,
    )
    await store.claimMessage(msgKey as MsgKey, replyId, conversation)
  }

  it('marks the reply whose message it names, and enqueues nothing', async () => {
    const world = await startWorld()
    await begin(world)

    expect(await world.call({ body: interruptBody() })).toMatchObject(accepted)

    expect(await world.store.read(replyId)).toMatchObject({ cancelRequested: true })
    expect(await world.waiting()).toBe(0)
    expect(world.log()).toMatchObject([{ message: 'interrupt-noted', replyId, status: 'open' }])
  })

  it.each([{ From_Account: 'other' }, { To_Account: '@RBT#002' }])(
    'of another conversation stops nothing: %j',
    async (changes) => {
      const world = await startWorld()
      await begin(world)

      const answer = await world.call({ body: interruptBody(undefined, changes) })

      expect(answer).toMatchObject(accepted)
      expect(await world.store.read(replyId)).toMatchObject({ cancelRequested: false })
      expect(world.log()).toMatchObject([{ message: 'interrupt-of-another-conversation' }])
    },
  )

  it('of a message that nobody has claimed is kept for whoever does', async () => {
    const world = await startWorld()

    expect(await world.call({ body: interruptBody() })).toMatchObject(accepted)

    expect(world.log()).toMatchObject([{ message: 'interrupt-kept', msgKey }])
  })
})
