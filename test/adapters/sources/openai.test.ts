import { afterEach, describe, expect, it, vi } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import type { SourceParts } from '../../../lib/adapters/sources/source-parts.ts'
import type { PastTurn } from '../../../lib/core/conversation/source-request.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import type { ReplySource } from '../../../lib/ports.ts'
import type { TraceModelSettings } from '../../../local/model/answer.ts'
import { type ModelFault, traceOf } from '../../../local/model/events.ts'
import { startTraceModel } from '../../../local/model/server.ts'
import { ask, aTurn, brokenOff, hastyClock, partsOf, serveOn } from '../../support/source-world.ts'
import { readTrace, TRACES, textOf } from '../../support/trace.ts'

const key = 'sk-KeyThatNobodyMaySee'
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const modelWith = async (settings: Partial<TraceModelSettings> = {}) => {
  const model = await startTraceModel({ speed: Number.POSITIVE_INFINITY, ...settings })
  closers.push(model.close)
  return model
}

const readKey: SourceParts['readSecret'] = async (name) =>
  name === 'OPENAI_API_KEY' ? key : undefined

/** A secret that holds a system prompt beside the key. */
const readPrompt: SourceParts['readSecret'] = async (name) =>
  name === 'SYSTEM_PROMPT' ? 'Be kind.' : key

const sourceAt = (url: string, changes: Partial<SourceParts['settings']> = {}): ReplySource =>
  openai(partsOf({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'trace-1', ...changes }, readKey))

/** Does not let a test wait for the pauses between tries. */
const hastySourceAt = (url: string): ReplySource =>
  openai(partsOf({ OPENAI_BASE_URL: url }, readKey, hastyClock))

/** A server whose answer to everything is this event stream, written in these pieces. */
const streaming = async (pieces: readonly (string | Uint8Array)[]): Promise<string> => {
  const server = await serveOn(async (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.socket?.setNoDelay(true)
    for (const piece of pieces) {
      await new Promise<void>((resolve) => response.write(piece, () => setImmediate(resolve)))
    }
    response.end()
  })
  closers.push(server.close)
  return server.url
}

const contentEvent = (content: unknown, finish_reason: unknown = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`

const done = 'data: [DONE]\n\n'

describe('openai', () => {
  it.each(TRACES)('brings the text of %s exactly', async (name) => {
    const tokens = readTrace(name)
    const model = await modelWith({ tokens })

    const { text } = await ask(sourceAt(model.url))

    expect(text).toBe(textOf(tokens))
  })

  it.each([
    ['comes from the secret', {}, 'Be kind.'],
    ['of the environment wins', { SYSTEM_PROMPT: 'Be short.' }, 'Be short.'],
  ])('the system prompt %s', async (_, changes, content) => {
    const model = await modelWith()
    const settings = { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'trace-1', ...changes }

    await ask(openai(partsOf(settings, readPrompt)))

    expect(model.requests).toMatchObject([
      { messages: [{ role: 'system', content }, { role: 'user' }] },
    ])
  })

  it('fails where the secret that may hold the system prompt cannot be read', async () => {
    const model = await modelWith()
    const readNothing: SourceParts['readSecret'] = async (name) => {
      if (name === 'OPENAI_API_KEY') return key
      throw new OutOfReach('secret', 'no answer')
    }
    const source = openai(partsOf({ OPENAI_BASE_URL: model.url }, readNothing))

    await expect(ask(source)).rejects.toThrow('SYSTEM_PROMPT could not be read')
    expect(model.requests).toEqual([])
  })

  it('sends system prompt, answered turns and the text in order, with the key and the model', async () => {
    const model = await modelWith()
    const history: readonly PastTurn[] = [
      { replyId: 'a' as ReplyId, asked: 'first', answered: 'one' },
      { replyId: 'c' as ReplyId, asked: 'stopped at once', answered: '' },
      { replyId: 'b' as ReplyId, asked: 'second', answered: 'two' },
    ]

    await ask(sourceAt(`${model.url}/`, { SYSTEM_PROMPT: 'Be short.' }), { history })

    expect(model.requests).toMatchObject([
      {
        model: 'trace-1',
        authorization: `Bearer ${key}`,
        asksUsage: true,
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'first' },
          { role: 'assistant', content: 'one' },
          { role: 'user', content: 'second' },
          { role: 'assistant', content: 'two' },
          { role: 'user', content: aTurn.text },
        ],
      },
    ])
  })

  it('sends no key where there is none', async () => {
    const model = await modelWith()

    await ask(openai(partsOf({ OPENAI_BASE_URL: model.url })))

    expect(model.requests[0]?.authorization).toBeUndefined()
    expect(model.requests[0]?.messages).toEqual([{ role: 'user', content: aTurn.text }])
  })

  it('reports the usage once', async () => {
    const model = await modelWith({ tokens: traceOf('one two three') })

    const { usages } = await ask(sourceAt(model.url))

    expect(usages).toEqual([{ inputTokens: expect.any(Number), outputTokens: 3 }])
  })

  it('asks without stream_options where the server refuses them, and from then on', async () => {
    const model = await modelWith({ takesStreamOptions: false })
    const source = sourceAt(model.url)

    const replies = [await ask(source), await ask(source)]

    expect(replies.map(({ text }) => text)).toEqual(['Hello.', 'Hello.'])
    expect(model.requests.map(({ asksUsage }) => asksUsage)).toEqual([true, false, false])
  })

  it('understands text whose bytes come one by one', async () => {
    const bytes = Buffer.from(contentEvent('é中👩‍👧') + contentEvent('!') + done)

    const { text } = await ask(
      sourceAt(await streaming(Array.from(bytes, (byte) => Uint8Array.of(byte)))),
    )

    expect(text).toBe('é中👩‍👧!')
  })

  it('shows content alone: no reasoning, no role, no event without choices', async () => {
    const url = await streaming([
      ': a comment\n\n',
      'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
      'data: {"choices":[{"delta":{"content":null,"reasoning_content":"hm"}}]}\n\n',
      'data: {"choices":[{"delta":{"reasoning":"hm"}}]}\n\n',
      'data: {"choices":[{}]}\n\ndata: {"choices":[]}\n\ndata: {}\n\n',
      contentEvent('Yes.'),
      done,
    ])

    expect((await ask(sourceAt(url))).text).toBe('Yes.')
  })

  it('takes nothing that comes after [DONE]', async () => {
    const url = await streaming([contentEvent('Yes.') + done + contentEvent('No.')])

    expect((await ask(sourceAt(url))).text).toBe('Yes.')
  })

  it('ends soon after finish_reason when the server keeps the connection open', async () => {
    let closed = false
    const server = await serveOn((request, response) => {
      request.resume()
      response.on('close', () => {
        closed = true
      })
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(contentEvent('Yes.') + contentEvent('', 'stop'))
    })
    closers.push(server.close)

    expect((await ask(sourceAt(server.url))).text).toBe('Yes.')
    await vi.waitFor(() => expect(closed).toBe(true))
  })

  it('keeps the connection for the next turn', async () => {
    const ports = new Set<unknown>()
    const server = await serveOn((request, response) => {
      request.resume()
      ports.add(request.socket.remotePort)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(contentEvent('Yes.') + done)
    })
    closers.push(server.close)
    const source = sourceAt(server.url)

    for (let i = 0; i < 3; i += 1) await ask(source)

    expect(ports.size).toBe(1)
  })
})

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
      closers.push(server.close)
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
    server.close()

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
    closers.push(server.close)

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
    const malformed: SourceParts['readSecret'] = async () => `${key}\n`

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
    const event = `data: ${JSON.stringify({ error: { code: `bad key ${key}` } })}\n\n`

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
