import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const secret = 'whsec_bmV3LXNlY3JldC1vZi10aGUtc2VuZGVy'
const startWorld = repliesWorlds([secret])

const order = { from: bot, to: user, text: 'hello' }
const signedOnly = { REPLIES_API_TOKEN: undefined, REPLIES_WEBHOOK_SECRET: secret }

const signed = (body: string, id = 'msg_1') => {
  const at = new Date()
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  }
}

describe('a signed chunk', () => {
  const chunk = { seq: 0, text: 'hello', finish: true, from: bot, to: user }
  const push = async (body: object, path = '/replies/reply-1/chunks') => {
    const world = await startWorld({ env: signedOnly })
    const json = JSON.stringify(body)
    return { world, answer: await world.post(json, { path, headers: signed(json) }) }
  }

  it('goes to the reply that it names', async () => {
    const { world, answer } = await push({ replyId: 'reply-1', ...chunk })

    expect(answer).toMatchObject({ status: 200 })
    world.expectShown('hello')
  })

  it('gets 400 where it names none', async () => {
    const { world, answer } = await push(chunk)

    world.expectRefused(answer, 400)
    expect(answer.body['errors']).toEqual([{ path: 'replyId', message: 'is missing' }])
  })

  it('gets 409 at the path of another reply', async () => {
    const { world, answer } = await push({ replyId: 'reply-1', ...chunk }, '/replies/b/chunks')

    world.expectRefused(answer, 409)
  })

  it('that is delivered again counts once', async () => {
    const world = await startWorld({ env: signedOnly })
    const json = JSON.stringify({ replyId: 'reply-1', ...chunk })
    const ask = { path: '/replies/reply-1/chunks', headers: signed(json) }

    const answers = [await world.post(json, ask), await world.post(json, ask)]

    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    world.expectShown('hello')
  })
})

describe('a signed cancel', () => {
  const begin = async () => {
    const world = await startWorld({ env: signedOnly })
    for (const replyId of ['reply-a', 'reply-b']) {
      const json = JSON.stringify({ replyId, seq: 0, text: 'hello', from: bot, to: user })
      const path = `/replies/${replyId}/chunks`
      await world.post(json, { path, headers: signed(json, `msg_of_${replyId}`) })
    }
    const statusOf = async (method: string, path: string, headers: Record<string, string>) =>
      (await world.ask({ method, path, headers })).status
    return { world, statusOf }
  }

  it('without a body is good for one path, however often it comes', async () => {
    const { statusOf } = await begin()
    const captured = signed('', 'msg_cancel')

    expect([
      await statusOf('POST', '/replies/reply-a/cancel', captured),
      await statusOf('POST', '/replies/reply-b/cancel', captured),
      await statusOf('GET', '/replies/reply-b', captured),
      await statusOf('POST', '/replies/reply-a/cancel', captured),
    ]).toEqual([202, 409, 409, 202])
    expect(await statusOf('GET', '/replies/reply-b', signed('', 'msg_look'))).toBe(200)
  })

  it('is not made of a captured look, chunk or reply', async () => {
    const { world, statusOf } = await begin()
    const look = signed('', 'msg_look')
    await statusOf('GET', '/replies/reply-a', look)
    expect(await statusOf('POST', '/replies/reply-a/cancel', look)).toBe(409)

    for (const body of [
      { replyId: 'reply-a', seq: 1, text: '' },
      { replyId: 'reply-a', ...order },
    ]) {
      const json = JSON.stringify(body)
      const ask = { path: '/replies/reply-a/cancel', headers: signed(json, 'msg_other') }
      expect(await world.post(json, ask)).toMatchObject({ status: 400 })
    }
  })

  it('may name its reply, which must be that of the path', async () => {
    const { world } = await begin()
    const json = JSON.stringify({ replyId: 'reply-a' })
    const cancel = (replyId: string) =>
      world.post(json, { path: `/replies/${replyId}/cancel`, headers: signed(json, 'msg_cancel') })

    expect([(await cancel('reply-b')).status, (await cancel('reply-a')).status]).toEqual([409, 202])
  })
})
