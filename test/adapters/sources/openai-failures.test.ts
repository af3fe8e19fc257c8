import { afterEach, describe, expect, it, vi } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import type { SourceParts } from '../../../lib/adapters/sources/source-parts.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { type ModelFault, traceOf } from '../../../local/model/events.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  done,
  hastySourceAt,
  modelWith,
  openAiKey,
  readKey,
  sourceAt,
  streaming,
} from '../../support/completions.ts'
import { serveOn } from '../../support/serve-on.ts'
import { ask, aTurn, brokenOff, partsOf } from '../../support/source-world.ts'

afterEach(closeServers)

describe('openai, when something goes wrong', () => {
  const failures: readonly (readonly [ModelFault, string, string])[] = [
    [
      { kind: 'dies-after', after: 2 },
      'one two',
      'The connection to OPENAI_BASE_URL broke before the end of the answer',
    ],
    [{ kind: 'ends-early', after: 0 }, '', 'ended before the model said'],
    [{ kind: 'error-event', after: 2 }, 'one two', 'broke off with an error (server_error)'],
    [{ kind: 'html' }, '', 'answered text/html where text/event-stream was due'],
    [{ kind: 'status', status: 400 }, '', 'answered 400 (refused_by_trace): OPENAI_MODEL is wrong'],
    [
      { kind: 'status', status: 401 },
      '',
      'answered 401 (refused_by_trace): OPENAI_API_KEY is wrong',
    ],
    [{ kind: 'status', status: 404 }, '', 'OPENAI_MODEL or OPENAI_BASE_URL is wrong'],
    [{ kind: 'status', status: 307 }, '', 'redirects are not followed'],
    [{ kind: 'status', status: 429 }, '', 'answered 429 (refused_by_trace): too many requests'],
    [{ kind: 'status', status: 500 }, '', 'answered 500 (refused_by_trace): it is in trouble'],
  ]
  it.each(failures)(
    'says so, and nothing of key or conversation: %o',
    async (fault, text, detail) => {
      const model = await modelWith({ tokens: traceOf('one two three'), fault })

      const failure = await brokenOff(hastySourceAt(model.url))

      expect(failure.text).toBe(text)
      expect(failure.detail).toContain(detail)
      expect(failure.detail).not.toMatch(/KeyThatNobody|What is the time|127\.0\.0\.1/)
    },
  )

  it('does not ask again when Retry-After asks for more than twenty seconds', async () => {
    const model = await modelWith({ fault: { kind: 'status', status: 429, retryAfterSeconds: 21 } })

    await brokenOff(hastySourceAt(model.url))

    expect(model.requests).toHaveLength(1)
  })

  it.each(['2', new Date(1_700_000_002_000).toUTCString()])(
    'waits as long as Retry-After asks for: %s',
    async (retryAfter) => {
      const server = await serveOn((request, response) => {
        request.resume()
        response.writeHead(503, { 'retry-after': retryAfter }).end()
      })
      closeLater(server)
      const sleeps: number[] = []
      const clock = {
        now: () => 1_700_000_000_000,
        sleep: async (ms: number) => {
          sleeps.push(ms)
        },
      }
      const source = openai(partsOf({ OPENAI_BASE_URL: server.url }, readKey, clock))

      await brokenOff(source)

      expect(sleeps.filter((ms) => ms === 2_000)).toHaveLength(3)
    },
  )

  it('says when nothing listens', async () => {
    const server = await serveOn(() => {})
    await server.close()

    const { detail } = await brokenOff(hastySourceAt(server.url))

    expect(detail).toBe('OPENAI_BASE_URL does not answer (ECONNREFUSED).')
  })

  it('asks again on a new connection when a kept one turns out to be dead', async () => {
    let requests = 0
    const server = await serveOn((request, response) => {
      requests += 1
      if (requests === 1) return void request.socket.destroy()
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(contentEvent('Yes.') + done)
    })
    closeLater(server)

    expect((await ask(hastySourceAt(server.url))).text).toBe('Yes.')
    expect(requests).toBe(2)
  })

  it('never repeats a request once text has come', async () => {
    const model = await modelWith({ fault: { kind: 'dies-after', after: 1 } })

    await brokenOff(hastySourceAt(model.url))

    expect(model.requests).toHaveLength(1)
  })

  it('reads the key again when the server refuses it', async () => {
    const model = await modelWith({
      fault: (index) => (index === 0 ? { kind: 'status', status: 401 } : { kind: 'none' }),
    })
    const readSecret: SourceParts['readSecret'] = async (_, fresh) => (fresh ? 'new' : 'old')

    const { text } = await ask(openai(partsOf({ OPENAI_BASE_URL: model.url }, readSecret)))

    expect(text).toBe('Hello.')
    expect(model.requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer old',
      'Bearer new',
    ])
  })

  it('says when the key cannot be read, or cannot be one', async () => {
    const unreadable: SourceParts['readSecret'] = async () => {
      throw new OutOfReach('secret', 'no answer')
    }
    const malformed: SourceParts['readSecret'] = async () => `${openAiKey}\n`

    expect((await brokenOff(openai(partsOf({}, unreadable)))).detail).toBe(
      'OPENAI_API_KEY could not be read from the secret that SECRETS_NAME names.',
    )
    expect((await brokenOff(openai(partsOf({}, malformed)))).detail).toBe(
      'OPENAI_API_KEY holds white space or characters that no key has.',
    )
  })

  it('says when an event is no JSON', async () => {
    const { detail } = await brokenOff(hastySourceAt(await streaming(['data: {"cho\n\n', done])))

    expect(detail).toContain('an event that is no JSON object')
  })

  it('does not show an error code that may be more than a code', async () => {
    const event = `data: ${JSON.stringify({ error: { code: `bad key ${openAiKey}` } })}\n\n`

    const { detail } = await brokenOff(hastySourceAt(await streaming([event])))

    expect(detail).toBe("The model's server broke off with an error.")
  })

  it('refuses an event without end', async () => {
    const url = await streaming(['data: ', ...Array(20).fill('x'.repeat(65_536))])

    expect((await brokenOff(hastySourceAt(url))).detail).toContain('longer than 1 MiB')
  })
})

describe('openai, when nobody wants the rest', () => {
  it.each<readonly [string, ModelFault, number]>([
    ['before the head of the answer', { kind: 'never-starts' }, 0],
    ['before the first token', { kind: 'hangs-after', after: 0 }, 0],
    ['in the middle', { kind: 'hangs-after', after: 2 }, 2],
  ])('closes the connection %s', async (_, fault, tokens) => {
    const model = await modelWith({ tokens: traceOf('one two three'), fault })
    const stop = new AbortController()
    let deltas = 0
    const asked = ask(sourceAt(model.url), {
      signal: stop.signal,
      onDelta: () => {
        deltas += 1
      },
    })
    const refused = expect(asked).rejects.toThrow('not wanted')
    await vi.waitFor(() => {
      expect(model.requests).toHaveLength(1)
      expect(deltas).toBe(tokens)
    })

    stop.abort(new Error('not wanted'))

    await refused
    await vi.waitFor(() => expect(model.requests[0]?.givenUpAtMs).toBeDefined())
    expect(model.requests).toHaveLength(1)
  })

  it('closes the connection when its reader stops reading', async () => {
    const model = await modelWith({
      tokens: traceOf('one two three'),
      fault: { kind: 'hangs-after', after: 2 },
    })
    const { signal } = new AbortController()
    const request = { turn: aTurn, history: [], signal, reportUsage: () => {} }

    for await (const delta of sourceAt(model.url)(request)) {
      if (delta !== '') break
    }

    await vi.waitFor(() => expect(model.requests[0]?.givenUpAtMs).toBeDefined())
  })

  it('asks nobody when the signal has aborted before', async () => {
    const model = await modelWith()
    const signal = AbortSignal.abort(new Error('not wanted'))

    await expect(ask(sourceAt(model.url), { signal })).rejects.toThrow('not wanted')
    expect(model.requests).toHaveLength(0)
  })

  it('gives up while it waits for another try', async () => {
    const model = await modelWith({ fault: { kind: 'status', status: 503, retryAfterSeconds: 5 } })
    const stop = new AbortController()
    const clock = {
      now: () => 0,
      sleep: async () => stop.abort(new Error('not wanted')),
    }
    const source = openai(partsOf({ OPENAI_BASE_URL: model.url }, readKey, clock))

    await expect(ask(source, { signal: stop.signal })).rejects.toThrow('not wanted')
    expect(model.requests).toHaveLength(1)
  })
})
