import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { startSecrets } from '../support/local-cloud.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const secret = 'whsec_bmV3LXNlY3JldC1vZi10aGUtc2VuZGVy'
const startWorld = repliesWorlds([secret, 'short-token'])

const order = { from: bot, to: user, text: 'hello' }
const { text: _, ...withoutText } = order
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

const bytesOf = (body: unknown): number => Buffer.byteLength(JSON.stringify(body))

describe('an answer', () => {
  it.each([
    ['131,000 wrong chunks', { ...withoutText, chunks: Array(131_000).fill(7) }],
    [
      'wrong chunks among right ones',
      { ...withoutText, chunks: Array(30_000).fill(['a', 7]).flat() },
    ],
    ['a field with a long name', { ...order, ['x'.repeat(200_000)]: 1 }],
    [
      'many unknown fields',
      { ...order, ...Object.fromEntries([...Array(9_000).keys()].entries()) },
    ],
    [
      'wrong fields with long values',
      { from: 'x'.repeat(90_000), to: 'y'.repeat(90_000), text: 7 },
    ],
  ])('lists at most 20 problems in 4 KiB: %s', async (_name, body) => {
    const world = await startWorld()

    const answer = await world.post(body)

    world.expectRefused(answer, 400)
    const errors = answer.body['errors'] as readonly unknown[]
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.length).toBeLessThanOrEqual(20)
    expect(bytesOf(errors)).toBeLessThanOrEqual(4_096)
    expect(bytesOf(answer.body)).toBeLessThan(5_000)
  })

  it('is kept by no cache, whatever it says', async () => {
    const world = await startWorld()

    const answers = [
      await world.post({ ...order, replyId: 'reply-1' }),
      await world.get('reply-1'),
      await world.get('none'),
      await world.post({}),
      await world.post(order, { headers: {} }),
      await world.invoke({} as never),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 400, 401, 400])
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store')
  })

  it('tells strangers the same, whatever is configured and whatever they bring', async () => {
    const details = new Set<unknown>()
    for (const env of [{}, signedOnly, { REPLIES_API_TOKEN: undefined }]) {
      const world = await startWorld({ env })
      for (const headers of [
        {},
        { authorization: 'Bearer a-guess-that-is-long' },
        { ...signed('{}'), 'webhook-signature': 'v1,AAAA' },
      ]) {
        const answer = await world.post('{}', { headers })
        world.expectRefused(answer, 401)
        details.add(answer.body['detail'])
      }
    }

    expect([...details]).toEqual(['a right bearer token or webhook signature is needed here'])
  })

  it('of a function without any credentials leaves the operator a line that says what to set', async () => {
    const world = await startWorld({ env: { REPLIES_API_TOKEN: undefined } })

    await world.post(order, { headers: { authorization: 'Bearer a-guess-that-is-long' } })

    expect(world.log().join('\n')).toMatch(/request-refused.*REPLIES_API_KEYS, REPLIES_API_TOKEN/)
  })
})

describe('a reply that would be too much', () => {
  it.each([
    ['1,001 chunks', { ...withoutText, chunks: Array(1_001).fill('a') }],
    ['3,601 characters at one a second', { ...order, text: 'x'.repeat(3_601), charsPerSecond: 1 }],
    [
      'chunks that take more than an hour',
      { ...withoutText, chunks: ['x'.repeat(1_800), 'y'.repeat(1_801)], charsPerSecond: 1 },
    ],
  ])('gets 413: %s', async (_name, body) => {
    const world = await startWorld()

    world.expectRefused(await world.post(body), 413)
  })

  it.each([
    ['1,000 chunks', { ...withoutText, chunks: Array(1_000).fill('a') }],
    ['an hour', { ...order, text: 'x'.repeat(3_600), charsPerSecond: 1 }],
  ])('is taken up to its limit: %s', async (_name, body) => {
    const world = await startWorld()

    const answer = await world.post(body, { remainingMs: 10_500 })

    expect([200, 202]).toContain(answer.status)
  })

  it('is measured before anything of it is worked on, also its signature', async () => {
    const world = await startWorld({ env: signedOnly })
    const body = `{"text":"${'x'.repeat(5_000_000)}"}`

    for (const headers of [{}, { ...signed('{}'), 'webhook-signature': 'v1,AAAA' }]) {
      world.expectRefused(await world.post(body, { headers }), 413)
    }
  })
})

describe('the same replyId', () => {
  const first = { ...order, replyId: 'reply-1' }

  it.each([
    ['another text', { ...first, text: 'goodbye' }],
    ['the same text in chunks', { ...withoutText, replyId: 'reply-1', chunks: ['hello'] }],
    ['another rate', { ...first, charsPerSecond: 500 }],
  ])('with %s gets 409, and nothing is sent', async (_name, other) => {
    const world = await startWorld()
    const sent = await world.post(first)

    const again = await world.post(other)
    const later = await world.post(other, {
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer api-token-4f1c9a',
        prefer: 'respond-async',
      },
    })

    expect([sent.status, again.status, later.status]).toEqual([200, 409, 409])
    expect(again.body).toMatchObject({ replyId: 'reply-1', detail: expect.stringMatching(/text/) })
    expect(await world.post(first)).toMatchObject({ status: 200, body: sent.body })
    world.expectShown('hello')
  })

  it('as that of a pushed reply gets 409', async () => {
    const world = await startWorld()
    const chunk = { seq: 0, text: 'pushed', finish: true, from: bot, to: user }
    await world.post(chunk, { path: '/replies/reply-1/chunks' })

    expect(await world.post(first)).toMatchObject({ status: 409 })
    world.expectShown('pushed')
  })

  it('and seq with another text gets 409 while the chunk waits', async () => {
    const world = await startWorld()
    const push = (text: string) => world.post({ seq: 1, text }, { path: '/replies/reply-1/chunks' })

    const statuses = [await push('one'), await push('two'), await push('one')].map(
      ({ status }) => status,
    )

    expect(statuses).toEqual([202, 409, 202])
  })
})

describe('a chunk that comes again and is only now said to be the last', () => {
  const first = { seq: 0, text: 'hello ', from: bot, to: user }
  const [path, second] = ['/replies/reply-1/chunks', { seq: 1, text: 'world' }]

  it('ends the reply, though it waited already', async () => {
    const world = await startWorld()
    const answers = [
      await world.post(second, { path }),
      await world.post({ ...second, finish: true }, { path }),
      await world.post(first, { path }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 200])
    expect(answers[2]?.body).toMatchObject({ status: 'finished' })
    world.expectShown('hello world')
  })

  it('ends the reply, though it was sent already', async () => {
    const world = await startWorld()
    const answers = [
      await world.post(first, { path }),
      await world.post(second, { path }),
      await world.post({ ...second, finish: true }, { path }),
      await world.post({ seq: 2, text: '!' }, { path }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 200, 409])
    expect(answers[2]?.body).toMatchObject({ status: 'finished' })
    world.expectShown('hello world')
  })
})

describe('a name of the service itself', () => {
  it.each(['turn:1_2_1700000000', 'webhook:msg_1'])('is given by nobody else: %s', async (name) => {
    const world = await startWorld()
    const chunk = { seq: 0, text: 'x', from: bot, to: user }

    for (const answer of [
      await world.post({ ...order, replyId: name }),
      await world.post(chunk, { path: `/replies/${name}/chunks` }),
      await world.post(undefined, { path: `/replies/${name}/cancel` }),
    ]) {
      world.expectRefused(answer, 400)
      expect(answer.body['errors']).toMatchObject([{ path: 'replyId', message: /^must not begin/ }])
    }
    expect(await world.get(name)).toMatchObject({ status: 404 })
  })

  it('is read by whoever it was told to', async () => {
    const world = await startWorld({ env: { REPLIES_WEBHOOK_SECRET: secret } })
    const body = JSON.stringify(order)
    const sent = await world.post(body, { headers: signed(body) })

    expect(sent.body['replyId']).toBe('webhook:msg_1')
    expect(await world.get('webhook:msg_1')).toMatchObject({ status: 200, body: sent.body })
  })
})

describe('a secret that is too weak', () => {
  it('in the secret is answered with 503, and the log names variable and fix alone', async () => {
    const secrets = await startSecrets(JSON.stringify({ REPLIES_API_TOKEN: 'short-token' }))
    const env = {
      REPLIES_API_TOKEN: undefined,
      SECRETS_NAME: 'chat/dev',
      AWS_ENDPOINT_URL: secrets.endpoint,
    }
    const world = await startWorld({ env })

    const answer = await world.post(order, { headers: { authorization: 'Bearer short-token' } })

    world.expectRefused(answer, 503)
    const line = world.log().find((each) => each.includes('out-of-reach'))
    expect(line).toMatch(/REPLIES_API_TOKEN in the secret must be .*16 characters.*openssl rand/)
    await secrets.close()
  })

  it.each([
    ['REPLIES_API_TOKEN', 'short-token'],
    ['REPLIES_API_TOKEN', 'a-token-that-is-long,'],
    ['REPLIES_WEBHOOK_SECRET', 'whsec_c2hvcnQ='],
    ['REPLIES_API_KEYS', '{"crm":{"token":"short-token"}}'],
    ['CHAT_SECRET_KEY', '…'],
  ])('in the environment stops the function: %s=%s', async (name, value) => {
    await expect(startWorld({ env: { [name]: value } })).rejects.toThrow(
      new RegExp(`^The environment is not right:\n {2}${name} [^\n]*$`),
    )
  })
})
