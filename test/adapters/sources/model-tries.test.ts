import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import type { SourceSettings } from '../../../lib/adapters/sources/source-parts.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  deltaEvent,
  done,
  eventOf,
  serveInTurn,
} from '../../support/completions.ts'
import { hear, partsOf } from '../../support/source-world.ts'

afterEach(closeServers)

/** Time that passes only in pauses, and those. */
const pausing = () => {
  const pauses: number[] = []
  let nowMs = 1_700_000_000_000
  return {
    pauses,
    now: () => nowMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      // The wait for the last bytes of an answer is given up at its end.
      if (signal?.aborted) return
      await new Promise(setImmediate)
      if (signal?.aborted || ms < 100) return
      pauses.push(ms)
      nowMs += ms
    },
  }
}

const refusing =
  (
    status: number,
    error: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ error: { message: 'Who knows.', ...error } }))
  }
const streaming =
  (...events: readonly string[]): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(events.join(''))
  }
/** Breaks the connection, before or after the head of the answer and what it begins with. */
const breaking =
  (begun?: string): RequestListener =>
  (request, response) => {
    if (begun === undefined) return void request.socket.destroy()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(begun, () => setTimeout(() => response.destroy(), 20))
  }
const answering = streaming(contentEvent('Yes.', 'stop'), done)

const askOf = async (plays: readonly RequestListener[], settings: Partial<SourceSettings> = {}) => {
  const server = closeLater(await serveInTurn(plays))
  const { pauses, ...clock } = pausing()
  const parts = partsOf(
    { OPENAI_BASE_URL: server.url, OPENAI_MODEL: 'first', ...settings },
    undefined,
    clock,
  )
  const heard = await hear(openai(parts))
  return { ...heard, models: server.asked.map(({ model }) => model), pauses }
}

describe('a model that cannot be had before its first text', () => {
  it.each<readonly [string, RequestListener]>([
    ...[408, 409, 425, 429, 500, 502, 503, 504, 529].map(
      (status) => [String(status), refusing(status)] as const,
    ),
    ['a reset connection', breaking()],
    ['a connection that breaks while it thinks', breaking(deltaEvent({ reasoning: 'Hm.' }))],
    ['an overload told in the stream', streaming(eventOf({ error: { type: 'overloaded_error' } }))],
    ['429 told in the stream', streaming(eventOf({ error: { code: 429, message: 'x' } }))],
    ['a stream without anything', streaming()],
    [
      'a system short of resources',
      streaming(deltaEvent({}, 'insufficient_system_resource'), done),
    ],
  ])('is asked up to four times: %s', async (_, trouble) => {
    const inTheEnd = await askOf([trouble, trouble, trouble, answering])
    expect(inTheEnd).toMatchObject({ text: 'Yes.', how: 'ended', models: Array(4).fill('first') })
    expect(inTheEnd.pauses).toEqual([375, 750, 1_500])

    const never = await askOf([trouble])
    expect(never).toMatchObject({ text: '', how: 'source-failed', models: Array(4).fill('first') })
  })

  it.each<readonly [string, number, object, RegExp]>([
    [
      'no credit',
      429,
      { code: 'insufficient_quota' },
      /429 \(insufficient_quota\): the account has no credit/,
    ],
    ['no credit, told by its type', 429, { type: 'exceeded_current_quota_error' }, /no credit/],
    ['a bill to pay', 402, {}, /answered 402: the account has no credit left/],
    ['a malformed request', 400, { code: 'invalid_value' }, /OPENAI_PARAMETERS/],
    ['a wrong key', 401, { code: 'invalid_api_key' }, /OPENAI_API_KEY is wrong/],
    ['a forbidden model', 403, {}, /may not use OPENAI_MODEL/],
    ['an unknown model', 404, { code: 'model_not_found' }, /OPENAI_MODEL or OPENAI_BASE_URL/],
    [
      'a context that is too long',
      400,
      { code: 'context_length_exceeded' },
      /smaller HISTORY_TURNS/,
    ],
    [
      'a context that is too long, told in words',
      400,
      { message: "This model's maximum context length is 8192 tokens." },
      /smaller HISTORY_TURNS/,
    ],
    [
      'a context that is too long, told with 500',
      500,
      { message: 'The prompt is too long.' },
      /smaller HISTORY_TURNS/,
    ],
  ])('is asked once where nothing will change: %s', async (_, status, error, detail) => {
    const asked = await askOf([refusing(status, error), answering], {
      OPENAI_FALLBACK_MODEL: 'second',
    })

    expect(asked).toMatchObject({ how: 'source-failed', models: ['first'], pauses: [] })
    expect(asked.detail).toMatch(detail)
  })

  it.each<readonly [string, object]>([
    [
      'content_filter',
      { code: 'content_filter', innererror: { code: 'ResponsibleAIPolicyViolation' } },
    ],
    ['data_inspection_failed', { code: 'data_inspection_failed' }],
    ['DataInspectionFailed', { code: 'DataInspectionFailed', type: 'invalid_request_error' }],
    ['content_policy_violation', { code: 'content_policy_violation' }],
  ])(
    'is asked once where it may not answer, which is not called its fault: %s',
    async (_, error) => {
      const asked = await askOf([refusing(400, error)])

      expect(asked).toMatchObject({ how: 'withheld', models: ['first'] })
      expect(asked.detail).toMatch(/held the answer back for what it says/)
    },
  )

  it('is waited for as Retry-After asks, up to 20 s', async () => {
    const plays = [
      refusing(429, {}, { 'retry-after': '20' }),
      refusing(503, {}, { 'retry-after': '0' }),
      answering,
    ]

    expect(await askOf(plays)).toMatchObject({ text: 'Yes.', pauses: [20_000] })
    expect(await askOf([refusing(429, {}, { 'retry-after': '21' }), answering])).toMatchObject({
      how: 'source-failed',
      models: ['first'],
      pauses: [],
    })
  })

  it('is not asked later than 45 s after the first time', async () => {
    const { pauses, models } = await askOf([refusing(429, {}, { 'retry-after': '20' })])

    expect(pauses).toEqual([20_000, 20_000])
    expect(models).toHaveLength(3)
  })

  it('is not asked again once text has come', async () => {
    const asked = await askOf([breaking(contentEvent('Half')), answering], {
      OPENAI_FALLBACK_MODEL: 'second',
    })

    expect(asked).toMatchObject({ text: 'Half', how: 'source-failed', models: ['first'] })
  })

  it('is followed by OPENAI_FALLBACK_MODEL, once', async () => {
    const fallback = { OPENAI_FALLBACK_MODEL: 'second' }
    const busy = refusing(503)

    expect(await askOf([busy, busy, busy, busy, answering], fallback)).toMatchObject({
      text: 'Yes.',
      how: 'ended',
      models: ['first', 'first', 'first', 'first', 'second'],
    })
    expect(await askOf([refusing(429, {}, { 'retry-after': '60' })], fallback)).toMatchObject({
      how: 'source-failed',
      models: ['first', 'second'],
    })
  })

  it('has its usage reported by the answer that came alone', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 }
    const server = closeLater(
      await serveInTurn([
        streaming(eventOf({ choices: [{ delta: {}, finish_reason: 'error' }], usage }), done),
        streaming(contentEvent('Yes.', 'stop'), eventOf({ choices: [], usage }), done),
      ]),
    )
    const usages: unknown[] = []
    const source = openai(partsOf({ OPENAI_BASE_URL: server.url }, undefined, pausing()))

    await hear(({ reportUsage, ...request }) =>
      source({
        ...request,
        reportUsage: (reported) => {
          usages.push(reported)
          reportUsage(reported)
        },
      }),
    )

    expect(usages).toHaveLength(1)
  })
})
