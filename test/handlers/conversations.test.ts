import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { dynamoHistory } from '../../lib/adapters/dynamo/history.ts'
import { dynamoUserRecords } from '../../lib/adapters/dynamo/user-records.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { bot, user } from '../support/replies-world.ts'
import { serviceWorlds } from '../support/service-world.ts'
import { tableOf } from '../support/worlds.ts'

const tokens = { desk: 'the-token-of-the-desk', shop: 'the-token-of-the-shop' } as const
const startService = serviceWorlds()
const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const conversation = { from: bot, to: user }
const turn = { replyId: 'turn:1_2_3' as ReplyId, askedAtMs: Date.now() }

const startWorld = async () => {
  const keys = {
    desk: { token: tokens.desk, may: ['admin'], bots: [bot] },
    shop: { token: tokens.shop, may: ['send', 'read', 'cancel'] },
  }
  const world = await startService({
    env: { REPLIES_API_KEYS: JSON.stringify(keys), REPLIES_WEBHOOK_SECRET: webhookSecret },
  })
  const { ask } = await world.replies()
  const { call, table } = tableOf(world.env)
  const users = dynamoUserRecords({ call, table, clock: systemClock })
  const history = dynamoHistory({ call, table, clock: systemClock, maxTurns: 5, hours: 1 })
  const as = (key: keyof typeof tokens, method: string, path: string, body?: object) =>
    ask({
      method,
      path,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[key]}` },
      ...(body === undefined ? {} : { body }),
    })
  return { ...world, users, history, ask, as }
}

const query = new URLSearchParams(conversation)

describe('a conversation', () => {
  it('is paused for so many seconds, and resumed', async () => {
    const world = await startWorld()
    const startMs = Date.now()

    const paused = await world.as('desk', 'POST', '/conversations/pause', {
      ...conversation,
      seconds: 600,
    })

    expect(paused).toMatchObject({ status: 200, body: conversation })
    const untilMs = Date.parse(String(paused.body['pausedUntil']))
    expect(untilMs - startMs).toBeGreaterThanOrEqual(600_000)
    expect(await world.users.note(conversation, turn)).toMatchObject({ pausedUntilMs: untilMs })

    const resumed = await world.as('desk', 'POST', '/conversations/resume', conversation)
    expect(resumed).toMatchObject({ status: 200, body: conversation })
    expect(await world.users.note(conversation, turn)).not.toHaveProperty('pausedUntilMs')
  })

  it('is erased, with all that is remembered of it, and no other is', async () => {
    const world = await startWorld()
    const other = { from: bot, to: 'other' }
    const past = { replyId: turn.replyId, asked: 'why', answered: 'because' }
    for (const one of [conversation, other]) {
      await world.history.remember(one, past)
      await world.users.note(one, turn)
    }

    const answer = await world.as('desk', 'DELETE', `/conversations?${query}`)

    expect(answer).toMatchObject({ status: 200, body: { ...conversation, erased: true } })
    expect(await world.history.recall(conversation)).toEqual([])
    expect(await world.users.note(conversation, turn)).toEqual({ turns: [] })
    expect(await world.history.recall(other)).toEqual([past])
    expect(await world.users.note(other, turn)).toEqual({ turns: [turn] })
  })

  it.each([
    ['POST', '/conversations/pause', { from: bot, to: user, seconds: 0 }, 'seconds'],
    ['POST', '/conversations/pause', { from: bot, to: user, seconds: 86_401 }, 'seconds'],
    ['POST', '/conversations/pause', { from: bot, to: user }, 'seconds'],
    ['POST', '/conversations/pause', { from: user, to: user, seconds: 1 }, 'from'],
    ['POST', '/conversations/resume', { from: bot, to: '' }, 'to'],
    ['POST', '/conversations/resume', { from: bot, to: user, seconds: 1 }, 'seconds'],
    ['DELETE', '/conversations?from=%40RBT%23bot', undefined, 'to'],
    ['DELETE', '/conversations?from=bot&to=user01', undefined, 'from'],
  ] as const)(
    'is left alone where the request is wrong: %s %s',
    async (method, path, body, field) => {
      const world = await startWorld()

      const answer = await world.as('desk', method, path, body)

      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: field }] } })
    },
  )

  it('is for keys that administer, of that bot', async () => {
    const world = await startWorld()
    const pause = (from: string) => ({ from, to: user, seconds: 1 })

    const shop = await world.as('shop', 'POST', '/conversations/pause', pause(bot))
    const foreign = await world.as('desk', 'POST', '/conversations/pause', pause('@RBT#other'))
    const erasing = await world.as('shop', 'DELETE', `/conversations?${query}`)

    expect(shop).toMatchObject({
      status: 403,
      body: { detail: 'this key may not administer conversations' },
    })
    expect(foreign.status).toBe(403)
    expect(erasing.status).toBe(403)
    expect(await world.users.note(conversation, turn)).toEqual({ turns: [] })
  })

  it('is for no signature, which covers the body of a request and not its path', async () => {
    const world = await startWorld()
    const body = JSON.stringify({ ...conversation, seconds: 1 })
    const timestamp = new Date()
    const signature = new Webhook(webhookSecret).sign('msg_1', timestamp, body)

    const answer = await world.ask({
      method: 'POST',
      path: '/conversations/pause',
      headers: {
        'content-type': 'application/json',
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1_000)),
        'webhook-signature': signature,
      },
      body,
    })

    expect(answer).toMatchObject({
      status: 403,
      body: { detail: 'conversations are administered with a bearer token' },
    })
  })

  it.each([
    ['GET', '/conversations', 'DELETE'],
    ['GET', '/conversations/pause', 'POST'],
    ['DELETE', '/conversations/resume', 'POST'],
  ] as const)('is not for %s %s', async (method, path, allow) => {
    const world = await startWorld()

    const answer = await world.as('desk', method, path)

    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
  })
})
