import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { apiToken, secretKey, startSecrets } from '../support/local-cloud.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const oldSecret = 'whsec_b2xkLXNlY3JldC1vZi10aGUtc2VuZGVy'
const newSecret = 'whsec_bmV3LXNlY3JldC1vZi10aGUtc2VuZGVy'
const startWorld = repliesWorlds([
  oldSecret,
  newSecret,
  'next-token-of-the-api',
  'guessed-token-of-16',
])

const order = JSON.stringify({ from: bot, to: user, text: 'hello' })
const json = { 'content-type': 'application/json' }
const signedOnly = { REPLIES_API_TOKEN: undefined, REPLIES_WEBHOOK_SECRET: newSecret }

const signed = ({
  secret = newSecret,
  body = order,
  id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
  ageSeconds = 0,
} = {}) => {
  const at = new Date(Date.now() - ageSeconds * 1_000)
  return {
    ...json,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  }
}

describe('a bearer token', () => {
  const refused: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['no credentials', {}],
    ['a wrong token', { authorization: 'Bearer guessed-token-of-16' }],
    ['a part of the token', { authorization: `Bearer ${apiToken.slice(0, -1)}` }],
    ['more than the token', { authorization: `Bearer ${apiToken}x` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${apiToken}` }],
    ['the token alone', { authorization: apiToken }],
    ['the token under another name', { 'x-api-key': apiToken }],
    ['a signature that nobody asked for', signed()],
  ]

  it.each(refused)('is refused: %s', async (_name, headers) => {
    const world = await startWorld()

    const answer = await world.post(order, { headers: { ...json, ...headers } })

    world.expectRefused(answer, 401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('is asked for before anything else is looked at', async () => {
    const world = await startWorld()
    const headers = { 'content-type': 'text/plain', authorization: 'Bearer guessed-token-of-16' }

    for (const [method, path] of [
      ['GET', '/replies/none'],
      ['GET', '/nothing'],
      ['DELETE', '/replies'],
      ['POST', '/replies'],
    ] as const) {
      world.expectRefused(await world.ask({ method, path, headers, body: '{' }), 401)
    }
  })

  it.each(['Bearer', 'bearer', 'BEARER'])('may be announced as %s', async (scheme) => {
    const world = await startWorld()

    const answer = await world.post(order, {
      headers: { ...json, authorization: `${scheme} ${apiToken}` },
    })

    expect(answer.status).toBe(200)
  })

  it('may be one of two while they rotate', async () => {
    const world = await startWorld({
      env: { REPLIES_API_TOKEN: `${apiToken}, next-token-of-the-api` },
    })
    const statusWith = async (token: string) =>
      (await world.post(order, { headers: { ...json, authorization: `Bearer ${token}` } })).status

    expect(await statusWith(apiToken)).toBe(200)
    expect(await statusWith('next-token-of-the-api')).toBe(200)
    expect(await statusWith(`${apiToken},`)).toBe(401)
    expect(await statusWith(`${apiToken},next-token-of-the-api`)).toBe(401)
  })
})

describe('a Standard Webhook', () => {
  it('is let in by its signature', async () => {
    const world = await startWorld({ env: signedOnly })

    expect(await world.post(order, { headers: signed() })).toMatchObject({ status: 200 })
    world.expectShown('hello')
  })

  it('is let in with an old and with a new secret while they rotate', async () => {
    const env = { ...signedOnly, REPLIES_WEBHOOK_SECRET: `${oldSecret},${newSecret}` }
    const world = await startWorld({ env })

    for (const [index, secret] of [oldSecret, newSecret].entries()) {
      const answer = await world.post(order, { headers: signed({ secret, id: `msg_${index}` }) })
      expect(answer.status).toBe(200)
    }
    const both = signed()
    const signatures = `${signed({ secret: oldSecret })['webhook-signature']} ${both['webhook-signature']}`
    const headers = { ...both, 'webhook-signature': signatures }
    expect(await world.post(order, { headers })).toMatchObject({ status: 200 })
  })

  const refused: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['another secret', signed({ secret: oldSecret })],
    ['another body', signed({ body: order.replace('hello', 'goodbye') })],
    ['a signature ten minutes old', signed({ ageSeconds: 600 })],
    ['a signature of the future', signed({ ageSeconds: -600 })],
    ['another id', { ...signed(), 'webhook-id': 'msg_other' }],
    ['a newer timestamp', { ...signed({ ageSeconds: 200 }), 'webhook-timestamp': `${Date.now()}` }],
    ['no timestamp', { ...signed(), 'webhook-timestamp': '' }],
    ['no signature', { ...signed(), 'webhook-signature': '' }],
    ['a signature of another version', { ...signed(), 'webhook-signature': 'v2,AAAA' }],
    ['a bearer token that nobody asked for', { authorization: `Bearer ${newSecret}` }],
  ]

  it.each(refused)('is refused with %s', async (_name, headers) => {
    const world = await startWorld({ env: signedOnly })

    world.expectRefused(await world.post(order, { headers: { ...json, ...headers } }), 401)
  })

  it('that is delivered again writes nothing twice, though it names no replyId', async () => {
    const world = await startWorld({ env: signedOnly })

    const first = await world.post(order, { headers: signed() })
    const again = await world.post(order, { headers: signed() })
    const other = await world.post(order, { headers: signed({ id: `msg ${'é'.repeat(80)}` }) })

    expect(again.body).toEqual(first.body)
    expect(other.body['replyId']).not.toBe(first.body['replyId'])
    world.expectShown('hellohello', 2)
  })
})

describe('credentials in a secret', () => {
  const held = {
    CHAT_SECRET_KEY: secretKey,
    REPLIES_API_TOKEN: apiToken,
    REPLIES_WEBHOOK_SECRET: newSecret,
  }
  const elsewhere = { CHAT_SECRET_KEY: undefined, REPLIES_API_TOKEN: undefined }

  it.each([
    ['Secrets Manager', 'chat/dev', 'AWS_ENDPOINT_URL_SECRETS_MANAGER'],
    ['the parameter store', '/chat/dev', 'AWS_ENDPOINT_URL_SSM'],
    ['an endpoint for all services', 'chat/dev', 'AWS_ENDPOINT_URL'],
  ])('are read once from %s', async (_name, name, endpoint) => {
    const secrets = await startSecrets(JSON.stringify(held))
    const world = await startWorld({
      env: { ...elsewhere, SECRETS_NAME: name, [endpoint]: secrets.endpoint },
    })
    const authorization = `Bearer ${apiToken}`

    const withToken = await world.post(order, { headers: { ...json, authorization } })
    const withSignature = await world.post(order, { headers: signed() })

    expect([withToken.status, withSignature.status]).toEqual([200, 200])
    expect(secrets.asked).toHaveLength(1)
    await secrets.close()
  })

  it('give way to those in the environment', async () => {
    const secrets = await startSecrets(
      JSON.stringify({ ...held, REPLIES_API_TOKEN: 'next-token-of-the-api' }),
    )
    const world = await startWorld({
      env: { SECRETS_NAME: 'chat/dev', AWS_ENDPOINT_URL: secrets.endpoint },
    })
    const authorization = 'Bearer next-token-of-the-api'

    world.expectRefused(await world.post(order, { headers: { ...json, authorization } }), 401)
    expect(await world.post(order)).toMatchObject({ status: 200 })
    await secrets.close()
  })
})

describe('a function without credentials', () => {
  it('lets nobody in', async () => {
    const world = await startWorld({ env: { REPLIES_API_TOKEN: undefined } })

    for (const headers of [
      json,
      signed(),
      { ...json, authorization: 'Bearer ' },
      { ...json, authorization: 'Bearer undefined' },
      { ...json, authorization: 'Bearer null' },
    ]) {
      world.expectRefused(await world.post(order, { headers }), 401)
    }
  })
})

describe('a signed webhook of a service that has a body of its own', () => {
  const map = { from: bot, to: '$.data.inputs.user', text: '$.data.outputs.text' }
  const env = { ...signedOnly, REPLIES_WEBHOOK_MAP: JSON.stringify(map) }
  const bodyOf = (outputs: object) =>
    JSON.stringify({ event: 'workflow_finished', data: { inputs: { user }, outputs } })

  it('is sent once, however often it is delivered', async () => {
    const world = await startWorld({ env })
    const body = bodyOf({ text: 'It is done.' })

    const first = await world.post(body, { headers: signed({ body }) })
    const second = await world.post(body, { headers: signed({ body }) })

    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.body).toEqual(first.body)
    expect(world.sends()).toHaveLength(1)
  })

  it('is told which place of its body is wrong', async () => {
    const world = await startWorld({ env })
    const body = bodyOf({})

    const answer = await world.post(body, { headers: signed({ body }) })

    world.expectRefused(answer, 400)
    expect(answer.body['errors']).toEqual([
      {
        path: 'data.outputs.text',
        message: 'give either chunks (an array of strings) or text (a string)',
      },
    ])
  })
})
