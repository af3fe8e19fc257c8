import { describe, expect, it } from 'vitest'
import { apiToken } from '../support/local-cloud.ts'
import type { RecordedRequest } from '../support/recording-proxy.ts'
import { bot, user } from '../support/replies-world.ts'
import { serviceWorlds } from '../support/service-world.ts'
import { cutInto, traceText } from '../support/texts.ts'

const startWorld = serviceWorlds()

const order = { replyId: 'reply-1', from: bot, to: user }
const asynchronously = {
  headers: {
    'content-type': 'application/json',
    authorization: `Bearer ${apiToken}`,
    prefer: 'respond-async',
  },
}

describe('a reply that its sender would rather not wait for', () => {
  it('is accepted at once, and sent by the worker', async () => {
    const world = await startWorld()
    const { post, get } = await world.replies()

    const accepted = await post({ ...order, text: 'Hello there' }, asynchronously)
    const sentBefore = world.sends().length
    const batches = await world.drain()

    expect(accepted).toMatchObject({
      status: 202,
      body: { replyId: 'reply-1', status: 'open', msgKeys: [], sentSeq: -1, calls: 0 },
    })
    expect(sentBefore).toBe(0)
    expect(batches).toHaveLength(1)
    world.expectShown(user, 'Hello there')
    expect(await get('reply-1')).toMatchObject({ body: { status: 'finished', calls: 1 } })
  })

  it('is sent once when it is asked for again, before and after', async () => {
    const world = await startWorld()
    const { post } = await world.replies()
    const again = () => post({ ...order, chunks: ['once ', 'only'] }, asynchronously)

    const answers = [await again(), await again()]
    await world.drain()
    answers.push(await again())
    await world.drain()

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 200])
    expect(world.sends()).toHaveLength(2)
    world.expectShown(user, 'once only')
  })

  it('belongs to its conversation alone', async () => {
    const world = await startWorld()
    const { post } = await world.replies()
    await post({ ...order, text: 'mine' }, asynchronously)

    const answer = await post({ ...order, to: 'user02', text: 'yours' }, asynchronously)
    await world.drain()

    expect(answer).toMatchObject({ status: 409, body: { replyId: 'reply-1' } })
    expect(world.sends()).toHaveLength(1)
    world.expectShown(user, 'mine')
  })

  it('is sent once when the queue delivers its message twice', async () => {
    const world = await startWorld()
    const { post } = await world.replies()
    await post({ ...order, text: 'once' }, asynchronously)

    await world.queue.send(JSON.stringify({ kind: 'continuation', replyId: 'reply-1' }), 'other')
    await world.drain()

    expect(world.sends()).toHaveLength(1)
    world.expectShown(user, 'once')
  })

  it('is sent in the request where there is no queue', async () => {
    const world = await startWorld()
    const { post } = await world.replies({ REPLIES_QUEUE_URL: undefined })

    const answer = await post({ ...order, text: 'Hello there' }, asynchronously)

    expect(answer).toMatchObject({ status: 200, body: { status: 'finished' } })
    world.expectShown(user, 'Hello there')
    expect(await world.queue.waiting()).toBe(0)
  })

  it('is refused by the worker where Tencent refuses it, and not tried again', async () => {
    const world = await startWorld({ rules: { requireRobots: true } })
    const { post, get } = await world.replies()

    await post({ ...order, text: 'Hello' }, asynchronously)
    await world.drain()

    expect(await get('reply-1')).toMatchObject({ body: { status: 'failed', msgKeys: [] } })
    expect(await world.queue.failed()).toBe(0)
  })
})

describe('a message that nobody here wrote', () => {
  it('ends in the dead-letter queue and holds up no other conversation', async () => {
    const world = await startWorld()
    const { post } = await world.replies()

    await world.queue.send('{"kind":"unknown"}', 'strange')
    await post({ ...order, text: 'Hello' }, asynchronously)
    await world.drain()

    expect(await world.queue.failed()).toBe(1)
    world.expectShown(user, 'Hello')
  })
})

describe('a reply that takes longer than an invocation may', () => {
  it('goes on from one to the next until all of it is shown', async ({ annotate }) => {
    const world = await startWorld({ latencyMs: 20, env: { MIN_GAP_MS: '100' } })
    const { post, get } = await world.replies()
    const text = traceText('long-15k')
    const orders = [
      { replyId: 'typed', from: bot, to: 'user-typed', text, charsPerSecond: 1_500 },
      { replyId: 'chunked', from: bot, to: 'user-chunked', chunks: cutInto(text, 60) },
    ]

    const answers = await Promise.all(orders.map((body) => post(body, { remainingMs: 3_000 })))
    const batches = await world.drain(3_000)

    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    for (const { replyId, to } of orders) {
      world.expectShown(to, text, 2)
      const { body } = await get(replyId)
      const calls = world.sends().filter((send) => send.to === to).length
      expect(body).toMatchObject({ status: 'finished', calls })
      const invocations = 1 + batches.flat().filter((message) => message.includes(replyId)).length
      expect(invocations).toBeGreaterThanOrEqual(3)
      await annotate(`${replyId}: ${invocations} invocations, ${calls} calls`)
    }
    expect((await get('chunked')).body['sentSeq']).toBe(59)
  })
})

/** Keys of the items that were written, one for each write. */
const writtenKeys = (requests: readonly RecordedRequest[]): readonly string[] =>
  requests
    .filter(({ operation }) => /^(Put|Update)Item$/.test(operation))
    .map(({ body }) => JSON.stringify(body['Key'] ?? body['Item']))
    .map((item) => /"pk":{"S":"([^"]*)"}/.exec(item)?.[1] ?? '')

describe('the record of a reply', () => {
  it('is written hardly more often than the service is called', async ({ annotate }) => {
    const world = await startWorld({ latencyMs: 80, env: { MIN_GAP_MS: '200' } })
    const { post } = await world.replies()
    const text = traceText('english-60')

    await post({ ...order, text, charsPerSecond: text.length / 6.65 })

    const keys = writtenKeys(world.table.requests)
    // The budget, and once in ten minutes for all replies: whether open messages can be read back.
    const shared = keys.filter((key) => /^(budget|service)#/.test(key)).length
    const writes = keys.length - shared
    const calls = world.sends().length
    world.expectShown(user, text)
    expect(calls).toBeGreaterThan(20)
    expect(writes).toBeLessThanOrEqual(calls + 3)
    await annotate(`${calls} calls, ${writes} writes, and ${shared} of what all replies share`)
  })
})
