import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameSecret } from '../../lib/adapters/crypto/same-secret.ts'
import { isSignedWebhook } from '../../lib/adapters/crypto/standard-webhook.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { type GatewayEvent, gatewayHandler } from '../../lib/http/gateway.ts'
import { repliesApp } from '../../lib/http/replies-api.ts'
import { parseReplyOrder } from '../../lib/http/reply-order.ts'
import type { WholeReply } from '../../lib/use-cases/send-reply.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { memoryUserRecords } from '../../local/memory/user-records.ts'
import { gateways } from '../support/gateway-events.ts'
import { lambdaContext } from '../support/local-cloud.ts'

const token = 'the-token-of-this-test'
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
const order = { from: '@RBT#bot', to: 'user01', text: 'hello' }

/** The replies API with nothing behind it but a list of what it would have sent. */
const startApi = () => {
  const sent: WholeReply[] = []
  const logged: string[] = []
  const log = (event: string): void => {
    // Whoever was let in leaves a line, however the request goes on.
    if (event !== 'request') logged.push(event)
  }
  const app = repliesApp({
    writesToGroups: true,
    store: memoryReplyStore(),
    webhookPaths: { bind: async () => 'own' },
    users: memoryUserRecords({ clock: { now: Date.now } }),
    history: { forget: async () => {} },
    log: { info: log, warn: log },
    readSecret: async (name) => (name === 'REPLIES_API_TOKEN' ? token : undefined),
    sameSecret,
    isSigned: isSignedWebhook,
    now: Date.now,
    newReplyId: () => 'reply-1' as ReplyId,
    sendReply: async (reply) => {
      sent.push(reply)
      const begun = {
        ...reply,
        kind: 'whole',
        createdAtMs: 0,
        progress: unsentProgress(0),
      } as const
      const { record } = await memoryReplyStore().begin(begun, 0)
      return { outcome: 'known', record }
    },
    pushChunk: () => Promise.reject(new Error('no chunk was pushed')),
    cancelReply: () => Promise.reject(new Error('no reply was cancelled')),
  })
  const handler = gatewayHandler(() => app)
  return {
    sent,
    logged,
    /** What arrives is not what the types say. */
    handle: (event: unknown) => handler(event as GatewayEvent, lambdaContext()),
    post: (body: string) =>
      Promise.resolve(app.request('/replies', { method: 'POST', headers, body })),
  }
}

const json = fc.jsonValue({ maxDepth: 3 })
const field = fc.constantFrom(
  'from',
  'to',
  'text',
  'chunks',
  'charsPerSecond',
  'replyId',
  '__proto__',
  'x',
)
const value = fc.oneof(
  json,
  fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('@RBT#', '@RBT#bot', 30, 1e308, null, true, [], {}),
)

/** An order of which some fields are something else, something more or not there. */
const mutatedOrder = fc
  .tuple(
    fc.dictionary(field, value, { maxKeys: 4 }),
    fc.subarray(Object.keys(order), { minLength: 1 }),
  )
  .map(([changes, kept]) => {
    const rest = Object.entries(order).filter(([name]) => kept.includes(name))
    return JSON.stringify({ ...Object.fromEntries(rest), ...changes })
  })

/** An order whose text lost or gained something somewhere. */
const mutatedText = fc
  .tuple(fc.nat(), fc.nat({ max: 5 }), fc.string({ unit: 'binary', maxLength: 3 }))
  .map(([at, length, inserted]) => {
    const text = JSON.stringify(order)
    const from = at % text.length
    return text.slice(0, from) + inserted + text.slice(from + length)
  })

describe('any body', () => {
  it('is sent once or refused with 400 and the wrong fields, and nothing in between', async () => {
    const api = startApi()
    const body = fc.oneof(mutatedOrder, mutatedText, fc.json(), fc.string({ unit: 'binary' }))
    const seen = new Set<number>()

    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const before = api.sent.length
        const response = await api.post(text)
        const answer = (await response.json()) as { readonly errors: readonly unknown[] }

        seen.add(response.status)
        expect(api.sent.length - before).toBe(response.status === 202 ? 1 : 0)
        if (response.status === 202) return
        expect(response.status).toBe(400)
        expect(answer).toMatchObject({ status: 400, detail: expect.stringMatching(/\w/) })
        expect(answer.errors).toEqual(
          answer.errors.map(() => ({
            path: expect.any(String),
            message: expect.stringMatching(/\w/),
          })),
        )
        expect(answer.errors.length).toBeGreaterThan(0)
      }),
      { numRuns: 4_000 },
    )
    expect(seen).toEqual(new Set([202, 400]))
    expect(api.logged).toEqual([])
  })

  it('that is read as an order keeps the rules of one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          mutatedOrder.map((text) => JSON.parse(text)),
          fc.anything(),
        ),
        (input) => {
          const read = parseReplyOrder(input)
          expect(read.ok || read.error.length > 0).toBe(true)
          if (!read.ok) return

          const { conversation, pieces, charsPerSecond = 1, replyId = 'a' } = read.value
          expect(conversation.from).toMatch(/^@RBT#/)
          for (const account of [conversation.from, conversation.to]) {
            expect(Buffer.byteLength(account)).toBeGreaterThan(0)
            expect(Buffer.byteLength(account)).toBeLessThanOrEqual(32)
          }
          expect(pieces.length).toBeGreaterThan(0)
          expect(pieces.every((piece) => typeof piece === 'string')).toBe(true)
          expect(charsPerSecond).toBeGreaterThanOrEqual(1)
          expect(charsPerSecond).toBeLessThanOrEqual(10_000)
          expect(replyId).toMatch(/^[A-Za-z0-9._:-]{1,128}$/)
        },
      ),
      { numRuns: 10_000 },
    )
  })
})

/** The path to every part of a value, its own first. */
const pathsIn = (part: unknown): readonly (readonly string[])[] =>
  typeof part === 'object' && part !== null
    ? [
        [],
        ...Object.entries(part).flatMap(([key, own]) => pathsIn(own).map((path) => [key, ...path])),
      ]
    : [[]]

const withPart = (whole: unknown, [key, ...rest]: readonly string[], part: unknown): unknown =>
  key === undefined
    ? part
    : { ...(whole as object), [key]: withPart(Reflect.get(whole as object, key), rest, part) }

const eventWith = (credentials: Readonly<Record<string, string>>) =>
  fc
    .tuple(fc.constantFrom(...gateways), fc.constantFrom('GET', 'POST'), fc.boolean())
    .map(([[, eventOf], method, base64]) => {
      const path = method === 'GET' ? '/replies/reply-1' : '/replies'
      const body = JSON.stringify(order)
      return eventOf({ method, path, headers: credentials, body }, { base64 })
    })

const mutatedEvent = (credentials: Readonly<Record<string, string>>) => {
  const part = fc.oneof(
    value,
    fc.anything(),
    fc.constantFrom('GET', 'TRACE', 'get', '/%', '//', '\n'),
  )
  return fc.tuple(eventWith(credentials), fc.nat(), part).map(([event, at, other]) => {
    const paths = pathsIn(event)
    return withPart(event, paths[at % paths.length] ?? [], other)
  })
}

describe('any event', () => {
  it('without credentials is refused, and nothing is sent', async () => {
    const api = startApi()
    const event = fc.oneof(
      mutatedEvent({ 'content-type': 'application/json' }),
      mutatedEvent({ authorization: 'Bearer wrong', 'content-type': 'application/json' }),
      fc.anything(),
    )

    await fc.assert(
      fc.asyncProperty(event, async (given) => {
        const { statusCode, headers: own } = await api.handle(given)
        expect([400, 401]).toContain(statusCode)
        expect(own).toMatchObject({ 'content-type': 'application/problem+json' })
      }),
      { numRuns: 3_000 },
    )
    expect(api.sent).toEqual([])
    expect(api.logged).toEqual([])
  })

  it('with credentials is answered with something below 500, and sends once at most', async () => {
    const api = startApi()
    const seen = new Set<number>()

    await fc.assert(
      fc.asyncProperty(mutatedEvent(headers), async (given) => {
        const before = api.sent.length
        const { statusCode, body } = await api.handle(given)

        seen.add(statusCode)
        expect(statusCode).toBeLessThan(500)
        expect(api.sent.length - before).toBe(statusCode === 202 ? 1 : 0)
        expect(body).not.toContain(token)
      }),
      { numRuns: 3_000 },
    )
    expect([...seen].sort()).toEqual(expect.arrayContaining([202, 400, 401, 404, 405]))
    expect(api.logged).toEqual([])
  })
})
