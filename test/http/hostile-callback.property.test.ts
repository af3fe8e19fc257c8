import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callbackCheck } from '../../lib/adapters/tencent/callback-check.ts'
import { parseCallback } from '../../lib/adapters/tencent/tencent-callback.ts'
import { parseTurn, type Turn } from '../../lib/core/conversation/turn.ts'
import { callbackApp } from '../../lib/http/callback-api.ts'
import { acceptCallback } from '../../lib/use-cases/accept-callback.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import {
  callbackQuery,
  callbackToken,
  interruptBody,
  messageBody,
  type Query,
  SDK_APP_ID,
} from '../support/callbacks.ts'
import { gateways } from '../support/gateway-events.ts'
import { unlimitedUsers } from '../support/unlimited-users.ts'

const written = 'what the user wrote'
const message = messageBody({
  MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: written } }],
})

/** The webhook with a list for a queue and an empty store. */
const startWebhook = () => {
  const enqueued: Turn[] = []
  const logged: string[] = []
  const note = (event: string, fields: object = {}): void => {
    logged.push(`${event} ${JSON.stringify(fields)}`)
  }
  const log = { info: note, warn: note }
  const metrics = { record: () => {} }
  const deps = {
    log,
    metrics,
    store: memoryReplyStore(),
    ...unlimitedUsers(),
    clock: { now: Date.now, sleep: async () => {} },
    turnQueue: {
      answerLater: async (turn: Turn) => {
        enqueued.push(turn)
      },
    },
  }
  const readTokens = async () => callbackToken
  const handle = callbackApp({
    log,
    metrics,
    check: callbackCheck({ sdkAppId: SDK_APP_ID, readTokens, clock: { now: Date.now } }),
    parse: parseCallback,
    accept: (callback) => acceptCallback(deps, callback),
  })
  /** As if nobody had written before. */
  const forget = () => {
    enqueued.length = 0
    logged.length = 0
    Object.assign(deps, unlimitedUsers())
  }
  return { enqueued, logged, forget, handle }
}

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('@RBT#', '@RBT#001', '1_2_3', 'TIMTextElem', 1e308, -1, 0.5, null, true, [], {}),
)
const element = fc.oneof(
  fc.record({ MsgType: fc.constant('TIMTextElem'), MsgContent: fc.record({ Text: value }) }),
  fc.record({ MsgType: fc.constant('TIMCustomElem'), MsgContent: fc.record({ Data: fc.json() }) }),
  value,
)
const change = fc.oneof(
  fc.tuple(fc.constantFrom(...Object.keys(message), '__proto__', 'x'), value),
  fc.tuple(fc.constant('MsgBody'), fc.array(element, { maxLength: 3 })),
)

/** A message or an interrupt of which some fields are something else, something more or not there. */
const mutatedFields = fc
  .tuple(
    fc.constantFrom(message, interruptBody()),
    fc.array(change, { maxLength: 3 }),
    fc.subarray(Object.keys(message), { minLength: 12 }),
  )
  .map(([body, changes, kept]) => {
    const rest = Object.entries(body).filter(([name]) => kept.includes(name))
    return JSON.stringify(Object.fromEntries([...rest, ...changes]))
  })

/** A message that lost or gained something somewhere. */
const mutatedText = fc
  .tuple(fc.nat(), fc.nat({ max: 5 }), fc.string({ unit: 'binary', maxLength: 3 }))
  .map(([at, length, inserted]) => {
    const text = JSON.stringify(message)
    const from = at % text.length
    return text.slice(0, from) + inserted + text.slice(from + length)
  })

const body = fc.oneof(
  { weight: 4, arbitrary: mutatedFields },
  mutatedText,
  fc.json(),
  fc.string({ unit: 'binary' }),
)

const genuineQuery = fc
  .oneof(
    { weight: 4, arbitrary: fc.constant('Bot.OnC2CMessage') },
    fc.constantFrom('C2C.CallbackAfterSendMsg', 'Bot.OnGroupMessage', 'State.StateChange', ''),
  )
  .map((CallbackCommand) => callbackQuery({ query: { CallbackCommand } }))

const wrongQuery = fc
  .tuple(
    fc.constantFrom('SdkAppid', 'Sign', 'RequestTime'),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.nat().map(String),
      fc.stringMatching(/^[\da-f]{64}$/),
    ),
  )
  .map(([field, other]): Query => callbackQuery({ query: { [field]: other } }))

const requestEvent = (query: Query, text: string, gateway: number): object => {
  const [, eventOf] = gateways[gateway % gateways.length] ?? gateways[0] ?? []
  return eventOf?.({ method: 'POST', path: '/webhooks/chat', query, body: text }) ?? {}
}

/** What must be true of a body for its turn to be enqueued. */
const expectTurnOf = (turn: Turn, text: string): void => {
  const sent = JSON.parse(text)

  expect(parseTurn(JSON.parse(JSON.stringify(turn)))).toEqual(turn)
  expect(turn.conversation).toEqual({ from: sent.To_Account, to: sent.From_Account })
  expect(turn.conversation.from).toMatch(/^@RBT#/)
  expect(turn.conversation.to).toMatch(/^(?!@RBT#)./)
  expect(turn.replyId).toBe(`turn:${sent.MsgKey}`)
  expect(Number.isSafeInteger(turn.askedAtMs)).toBe(true)
  expect(turn.askedAtMs).toBeGreaterThanOrEqual(0)
  expect(sent.SendMsgResult ?? 0).toBe(0)
  // A message without any text wants its answer as well.
  const hasText = sent.MsgBody.some(
    ({ MsgType: type }: { MsgType: string }) => type === 'TIMTextElem',
  )
  expect(hasText || turn.text === '').toBe(true)
}

describe('a genuine callback with any body', () => {
  it('is answered OK, and enqueues a turn once where its body is one', async () => {
    const webhook = startWebhook()
    const seen = { enqueued: 0, left: 0 }

    await fc.assert(
      fc.asyncProperty(genuineQuery, body, fc.nat(), async (query, text, gateway) => {
        webhook.forget()
        const { statusCode, body: answer } = await webhook.handle(
          requestEvent(query, text, gateway),
        )

        expect(statusCode).toBe(200)
        expect(answer).toBe('{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}')
        expect(webhook.logged).toHaveLength(1)
        expect(webhook.logged.join()).not.toContain(written)
        const isEnqueued = webhook.logged[0]?.startsWith('turn-enqueued') ?? false
        expect(webhook.enqueued).toHaveLength(isEnqueued ? 1 : 0)
        seen[isEnqueued ? 'enqueued' : 'left'] += 1
        for (const turn of webhook.enqueued) {
          expect(query['CallbackCommand']).toMatch(
            /^(Bot\.OnC2CMessage|C2C\.CallbackAfterSendMsg)$/,
          )
          expectTurnOf(turn, text)
        }
      }),
      { numRuns: 10_000 },
    )
    // Neither of the two is only ever reached by chance.
    expect(seen.enqueued).toBeGreaterThan(500)
    expect(seen.left).toBeGreaterThan(500)
  }, 60_000)
})

describe('a request that is not genuine', () => {
  it('is refused whatever its query and its body, and enqueues nothing', async () => {
    const webhook = startWebhook()

    await fc.assert(
      fc.asyncProperty(wrongQuery, body, fc.nat(), async (query, text, gateway) => {
        const answer = await webhook.handle(requestEvent(query, text, gateway))

        expect(answer.statusCode).toBe(403)
        expect(JSON.parse(answer.body)).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: 1 })
        expect(answer.body).not.toContain(callbackToken)
      }),
      { numRuns: 3_000 },
    )
    expect(webhook.enqueued).toEqual([])
    expect(webhook.logged.join()).not.toContain(callbackToken)
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

describe('any event', () => {
  it('is answered with something below 500, and enqueues one turn at most', async () => {
    const webhook = startWebhook()
    const seen = new Set<number>()
    const other = fc.oneof(value, fc.anything(), fc.constantFrom('GET', 'post', '/%', '%', '&=&'))
    const mutated = fc.tuple(fc.nat(), fc.nat(), other).map(([gateway, at, part]) => {
      const event = requestEvent(callbackQuery(), JSON.stringify(message), gateway)
      const paths = pathsIn(event)
      return withPart(event, paths[at % paths.length] ?? [], part)
    })

    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 4, arbitrary: mutated }, fc.anything()),
        async (event) => {
          webhook.enqueued.length = 0
          const { statusCode } = await webhook.handle(event)

          seen.add(statusCode)
          expect([200, 400, 403, 405]).toContain(statusCode)
          expect(webhook.enqueued.length).toBeLessThanOrEqual(statusCode === 200 ? 1 : 0)
        },
      ),
      { numRuns: 3_000 },
    )
    expect([...seen].sort()).toEqual([200, 400, 403, 405])
  })
})
