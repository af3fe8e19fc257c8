import { afterEach, describe, expect, it } from 'vitest'
import { secretKey, startSecrets } from '../support/local-cloud.ts'
import { bot, repliesWorlds, user } from '../support/replies-world.ts'

const tokens = {
  crm: 'the-token-of-the-crm',
  reader: 'the-token-of-a-reader',
  stopper: 'the-token-of-a-stopper',
  old: 'the-token-of-last-year',
  all: 'the-token-of-operations',
} as const
type KeyName = keyof typeof tokens

const otherBot = '@RBT#other'
const keys = {
  crm: { token: tokens.crm, bots: [bot], may: ['send', 'read', 'cancel'], until: '2199-01-01' },
  reader: { token: tokens.reader, may: ['read'] },
  stopper: { token: tokens.stopper, bots: [otherBot], may: ['read', 'cancel'] },
  old: { token: tokens.old, until: '2020-01-01' },
  all: { token: tokens.all },
}

const startWorld = repliesWorlds(Object.values(tokens))
const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

/** The replies function whose secret holds these keys. */
const withKeys = async (content: unknown = keys) => {
  const secret = { CHAT_SECRET_KEY: secretKey, REPLIES_API_KEYS: content }
  const secrets = await startSecrets(JSON.stringify(secret))
  endings.push(secrets.close)
  const world = await startWorld({
    env: {
      CHAT_SECRET_KEY: undefined,
      REPLIES_API_TOKEN: undefined,
      SECRETS_NAME: 'chat/dev',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    },
  })
  const as = (key: KeyName, method: string, path: string, body?: object) =>
    world.ask({
      method,
      path,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[key]}` },
      ...(body === undefined ? {} : { body }),
    })
  const audit = () =>
    world
      .log()
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .filter(({ message }) => message === 'request')
  return { ...world, as, audit, timesRead: () => secrets.asked.length }
}

const order = { replyId: 'order-1', from: bot, to: user, text: 'hello' }

describe('a named key', () => {
  it('does what it may for its bots, and leaves a line for each request', async () => {
    const world = await withKeys()

    const sent = await world.as('crm', 'POST', '/replies', order)
    const read = await world.as('crm', 'GET', '/replies/order-1')
    const cancelled = await world.as('crm', 'POST', '/replies/order-1/cancel')
    const chunk = { seq: 0, text: 'hi', from: bot, to: user, finish: true }
    const pushed = await world.as('crm', 'POST', '/replies/pushed-1/chunks', chunk)

    expect([sent, read, cancelled, pushed].map(({ status }) => status)).toEqual([
      200, 200, 202, 200,
    ])
    expect(world.timesRead()).toBe(1)
    const by = { key: 'crm', address: '192.0.2.1', level: 'INFO' }
    expect(world.audit()).toMatchObject([
      { ...by, verb: 'send', replyId: 'order-1', status: 200 },
      { ...by, verb: 'read', replyId: 'order-1', status: 200 },
      { ...by, verb: 'cancel', replyId: 'order-1', status: 202 },
      { ...by, verb: 'send', replyId: 'pushed-1', status: 200 },
    ])
    expect(JSON.stringify(world.audit())).not.toContain('hello')
  })

  it('gets 403 for what it may not do', async () => {
    const world = await withKeys()

    const refused = [
      await world.as('reader', 'POST', '/replies', order),
      await world.as('reader', 'POST', '/replies/a/chunks', { seq: 0, ...order }),
      await world.as('reader', 'POST', '/replies/order-1/cancel'),
      await world.as('stopper', 'POST', '/replies', { ...order, from: otherBot }),
    ]

    for (const answer of refused) world.expectRefused(answer, 403)
    expect(world.audit()).toMatchObject([
      { key: 'reader', verb: 'send', status: 403 },
      { key: 'reader', verb: 'send', status: 403 },
      { key: 'reader', verb: 'cancel', status: 403 },
      { key: 'stopper', verb: 'send', status: 403 },
    ])
  })

  it('gets 403 for the replies of other bots, whether it sends, pushes, reads or cancels', async () => {
    const world = await withKeys()
    const foreign = { ...order, from: otherBot }
    const chunk = { seq: 0, text: 'x', from: otherBot, to: user }
    world.expectRefused(await world.as('crm', 'POST', '/replies', foreign), 403)
    world.expectRefused(await world.as('crm', 'POST', '/replies/a/chunks', chunk), 403)

    await world.as('all', 'POST', '/replies', order)
    const calls = world.chat.calls.length
    const statuses = [
      await world.as('stopper', 'GET', '/replies/order-1'),
      await world.as('stopper', 'POST', '/replies/order-1/cancel'),
      await world.as('stopper', 'GET', '/replies/none'),
    ].map(({ status }) => status)

    expect(statuses).toEqual([403, 403, 404])
    expect(world.chat.calls).toHaveLength(calls)
  })

  it('that is bound to bots pushes nothing into a reply whose bot nobody has told', async () => {
    const world = await withKeys()
    const push = (seq: number, more: object = {}) =>
      world.as('crm', 'POST', '/replies/pushed-1/chunks', { seq, text: `${seq}`, ...more })

    const early = await push(1)
    const first = await push(0, { from: bot, to: user })
    const next = await push(1, { finish: true })

    expect([early.status, first.status, next.status]).toEqual([400, 202, 200])
    expect(early.body['errors']).toMatchObject([{ path: 'from' }, { path: 'to' }])
    world.expectShown('01')
  })

  it('that is bound to bots does not say whose a reply is that others began', async () => {
    const world = await withKeys()
    const path = '/replies/pushed-1/chunks'
    const early = await world.as('all', 'POST', path, { seq: 5, text: 'for somebody else' })

    const taking = await world.as('crm', 'POST', path, { seq: 0, text: 'hi', from: bot, to: user })
    const same = { seq: 5, text: 'for somebody else', from: bot, to: user }
    const repeated = await world.as('crm', 'POST', path, same)
    const read = await world.as('crm', 'GET', '/replies/pushed-1')
    for (const answer of [taking, repeated, read]) world.expectRefused(answer, 403)
    const own = { seq: 0, text: 'hi', from: otherBot, to: user }
    const rightful = await world.as('all', 'POST', path, own)

    expect([early, rightful].map(({ status }) => status)).toEqual([202, 202])
  })

  it('without bots and rights may do all', async () => {
    const world = await withKeys()

    const answers = [
      await world.as('all', 'POST', '/replies', order),
      await world.as('all', 'GET', '/replies/order-1'),
      await world.as('all', 'POST', '/replies/order-1/cancel'),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 202])
  })

  it('is no key any more from its day on, and the log says whose it was', async () => {
    const world = await withKeys()

    const answer = await world.as('old', 'GET', '/replies/none')

    world.expectRefused(answer, 401)
    const line = world.log().find((each) => each.includes('request-refused'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({ reason: 'expired', key: 'old' })
  })

  it.each([
    [{ crm: { token: 'short' } }, 'crm.token must be a token of at least 16 characters'],
    [{ crm: { token: tokens.crm, may: ['all'] } }, 'crm.may must be a list of send, read, cancel'],
    ['{"crm":', 'must be a JSON object of named keys'],
  ])('that is malformed lets nobody in, and the log names the field: %j', async (content, says) => {
    const world = await withKeys(content)

    world.expectRefused(await world.as('crm', 'POST', '/replies', order), 503)

    const line = world.log().find((each) => each.includes('out-of-reach')) ?? ''
    expect(line).toContain(`SECRETS_NAME: REPLIES_API_KEYS in the secret ${says}`)
    expect(line).not.toContain(tokens.crm)
  })
})
