import { describe, expect, it } from 'vitest'
import { apiToken, startSecrets } from '../support/local-cloud.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const wrongKey = 'a-key-of-another-application'
const startWorld = repliesWorlds([wrongKey])

const order = { from: bot, to: user, text: 'hello' }
const bearer = { authorization: `Bearer ${apiToken}` }
/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:9'

describe('a request that is not right', () => {
  const { text: _, ...withoutText } = order
  const wrongBodies: readonly (readonly [body: unknown, paths: readonly string[]])[] = [
    [{}, ['from', 'to']],
    [[], ['body']],
    [[order], ['body']],
    [null, ['body']],
    ['"text"', ['body']],
    [7, ['body']],
    [{ ...order, from: undefined }, ['from']],
    [{ ...order, from: 7 }, ['from']],
    [{ ...order, from: '' }, ['from', 'from']],
    [{ ...order, from: 'user02' }, ['from']],
    [{ ...order, from: `@RBT#${'x'.repeat(28)}` }, ['from']],
    [{ ...order, from: '@RBT#\ud83d' }, ['from']],
    [{ ...order, to: undefined }, ['to']],
    [{ ...order, to: null }, ['to']],
    [{ ...order, to: '' }, ['to']],
    [{ ...order, to: ['user01'] }, ['to']],
    [{ ...order, to: 'ü'.repeat(17) }, ['to']],
    [{ ...order, to: 'user\n01' }, ['to']],
    [{ ...order, replyId: 7 }, ['replyId']],
    [{ ...order, replyId: '' }, ['replyId']],
    [{ ...order, replyId: 'a b' }, ['replyId']],
    [{ ...order, replyId: 'a/b' }, ['replyId']],
    [{ ...order, replyId: 'x'.repeat(129) }, ['replyId']],
    [{ ...order, text: 7 }, ['text']],
    [{ ...order, text: null }, ['text']],
    [withoutText, ['text']],
    [{ ...order, chunks: ['hello'] }, ['chunks']],
    [{ ...withoutText, chunks: 'hello' }, ['chunks']],
    [{ ...withoutText, chunks: [] }, ['chunks']],
    [{ ...withoutText, chunks: ['a', 7, 'c'] }, ['chunks.1']],
    [{ ...withoutText, chunks: ['a', null, 'c', {}] }, ['chunks.1', 'chunks.3']],
    [{ ...order, charsPerSecond: '30' }, ['charsPerSecond']],
    [{ ...order, charsPerSecond: 0 }, ['charsPerSecond']],
    [{ ...order, charsPerSecond: -1 }, ['charsPerSecond']],
    [{ ...order, charsPerSecond: 10_001 }, ['charsPerSecond']],
    [JSON.stringify(order).replace('}', ',"charsPerSecond":1e999}'), ['charsPerSecond']],
    [{ ...order, colour: 'red' }, ['colour']],
    [JSON.stringify(order).replace('}', ',"__proto__":{"a":1}}'), ['__proto__']],
    [{ ...order, constructor: 'x' }, ['constructor']],
    [
      { from: 1, to: 2, text: 3, charsPerSecond: true, replyId: {} },
      ['replyId', 'from', 'to', 'text', 'charsPerSecond'],
    ],
    ['', ['body']],
    ['{"from":', ['body']],
    ['from=@RBT%23bot&to=user01', ['body']],
  ]

  it('gets 400 with the path of each wrong field', async () => {
    const world = await startWorld()

    for (const [body, paths] of wrongBodies) {
      const answer = await world.post(body)

      world.expectRefused(answer, 400)
      const errors = paths.map((path) => ({ path, message: expect.stringMatching(/\w/) }))
      expect(answer.body['errors'], JSON.stringify(body)).toEqual(errors)
    }
  })

  it('is not quoted in the answer', async () => {
    const world = await startWorld()

    const answer = await world.post({
      ...order,
      to: 'secret\u0000user',
      text: { private: 'words' },
    })

    expect(JSON.stringify(answer.body)).not.toMatch(/secret|private|words/)
  })

  it.each([
    ['text/plain', 'application/x-www-form-urlencoded', 'application/json-seq', 'application/xml'],
  ])('gets 415 as %s', async (...types) => {
    const world = await startWorld()

    for (const type of types) {
      const answer = await world.post(order, { headers: { ...bearer, 'content-type': type } })
      world.expectRefused(answer, 415)
    }
  })

  it('gets 413 for more text than 20 messages hold, with how much would have room', async () => {
    const world = await startWorld()

    const answer = await world.post({ ...order, text: '水 '.repeat(60 * 1024) })

    world.expectRefused(answer, 413)
    const detail = expect.stringMatching(/20 messages: of this text the first \d{5,6} characters/)
    expect(answer.body).toMatchObject({ detail })
  })

  it('gets 413 over 256 KiB, counted in bytes', async () => {
    const world = await startWorld()

    world.expectRefused(await world.post({ ...order, text: 'x'.repeat(300 * 1024) }), 413)
    world.expectRefused(await world.post({ ...order, text: '水'.repeat(100 * 1024) }), 413)
  })

  it('gets 404 for a path or a reply that is not there', async () => {
    const world = await startWorld()

    for (const path of ['/', '/reply', '/replies/a/b', '/replies/a/b/c', '/webhooks/chat', '//x']) {
      world.expectRefused(await world.ask({ method: 'GET', path }), 404)
    }
    const answer = await world.get('none')
    world.expectRefused(answer, 404)
    expect(answer.body['replyId']).toBe('none')
  })

  it('gets 400 for what cannot be a replyId', async () => {
    const world = await startWorld()

    for (const replyId of ['a%20b', '%E0%A4%A', 'a,b', 'x'.repeat(129), '%00']) {
      const answer = await world.get(replyId)
      world.expectRefused(answer, 400)
      expect(answer.body['errors']).toMatchObject([{ path: 'replyId' }])
    }
  })

  it.each([
    ['/replies', 'POST', ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
    ['/replies/some', 'GET', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']],
  ])('gets 405 at %s for any method but %s', async (path, allowed, methods) => {
    const world = await startWorld()

    for (const method of methods) {
      const answer = await world.ask({ method, path })
      world.expectRefused(answer, 405)
      expect(answer.headers.get('allow')).toBe(allowed)
    }
  })
})

describe('a reply that Tencent refuses', () => {
  it.each([
    ['a secret key of another application', { env: { CHAT_SECRET_KEY: wrongKey } }, 70009],
    ['an administrator that is none', { env: { CHAT_ADMIN: 'somebody' } }, 60010],
    ['another application', { env: { CHAT_SDK_APP_ID: '1400000001' } }, 70020],
  ])('is answered with 502 and its code: %s', async (_name, options, code) => {
    const world = await startWorld(options)

    const answer = await world.post({ ...order, replyId: 'reply-1' })

    expect(answer).toMatchObject({ status: 502, body: { status: 502, code, replyId: 'reply-1' } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(world.shown()).toEqual([])
    expect(world.log().join('\n')).toContain(String(code))
  })

  it('is answered the same when it is asked for again', async () => {
    const world = await startWorld({ rules: { requireRobots: true } })

    const first = await world.post({ ...order, replyId: 'reply-1' })
    const before = world.chat.calls.length
    const second = await world.post({ ...order, replyId: 'reply-1' })

    expect(first).toMatchObject({ status: 502, body: { code: expect.any(Number) } })
    expect(second.body).toEqual(first.body)
    expect(world.chat.calls).toHaveLength(before)
  })
})

describe('something out of reach', () => {
  const secretAway = {
    CHAT_SECRET_KEY: undefined,
    SECRETS_NAME: 'chat/dev',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: nowhere,
  }

  it.each([
    ['the store', { AWS_ENDPOINT_URL_DYNAMODB: nowhere }],
    ['the secret', secretAway],
    ['the parameter', { ...secretAway, SECRETS_NAME: '/chat/dev', AWS_ENDPOINT_URL_SSM: nowhere }],
    [
      'the secret with the key',
      { ...secretAway, REPLIES_WEBHOOK_SECRET: 'whsec_c2VjcmV0LW9mLXNvbWUtc2VuZGVyLWhlcmU=' },
    ],
  ])('%s is answered with 503, for a POST and a GET, and said in the log', async (what, env) => {
    const world = await startWorld({ env })

    const answer = await world.post(order)

    world.expectRefused(answer, 503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(world.log().join('\n')).toMatch(/out-of-reach/)
    if (!what.includes('with the key')) world.expectRefused(await world.get('reply-1'), 503)
  })

  it('comes back without a new start of the function', async () => {
    const secrets = await startSecrets(JSON.stringify({ CHAT_SECRET_KEY: wrongKey }))
    const env = { ...secretAway, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint }
    await secrets.close()
    const world = await startWorld({ env })
    world.expectRefused(await world.post(order), 503)

    const { port } = new URL(secrets.endpoint)
    const again = await startSecrets(JSON.stringify({ CHAT_SECRET_KEY: wrongKey }), Number(port))

    expect(await world.post(order)).toMatchObject({ status: 502, body: { code: 70009 } })
    await again.close()
  })
})

describe('a function that was never told how', () => {
  it('does not start, and names each variable that is missing', async () => {
    const env = { CHAT_SDK_APP_ID: undefined, REPLIES_TABLE: undefined, CHAT_SECRET_KEY: undefined }

    await expect(startWorld({ env })).rejects.toThrow(
      /CHAT_SDK_APP_ID[\s\S]*REPLIES_TABLE[\s\S]*CHAT_SECRET_KEY/,
    )
  })
})
