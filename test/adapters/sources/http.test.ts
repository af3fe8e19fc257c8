import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { http } from '../../../lib/adapters/sources/http.ts'
import type { ReplySource } from '../../../lib/ports.ts'
import { serveOn } from '../../support/serve-on.ts'
import { ask, aTurn, brokenOff, hastyClock, partsOf } from '../../support/source-world.ts'

const secret = `whsec_${Buffer.from('nobody may see this secret').toString('base64')}`
const otherSecret = `whsec_${Buffer.from('nor may anybody see this').toString('base64')}`
const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

interface Posted {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server that answers as told, and remembers what was posted to it. */
const serverThat = async (answer: (response: ServerResponse, index: number) => void) => {
  const posted: Posted[] = []
  let closed = 0
  const server = await serveOn(async (request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) closed += 1
    })
    posted.push({ headers: request.headers, body: await textOf(request) })
    answer(response, posted.length - 1)
  })
  closers.push(server.close)
  return { url: `${server.url}/turns`, posted, closedEarly: () => closed }
}

const verify = (one: string, { headers, body }: Posted = { headers: {}, body: '' }): unknown =>
  new Webhook(one).verify(body, headers as Record<string, string>)

const sourceAt = (url: string, secrets: string | undefined = secret): ReplySource =>
  http(
    partsOf(
      { REPLY_SOURCE_URL: url },
      async (name) => (name === 'REPLIES_WEBHOOK_SECRET' ? secrets : undefined),
      hastyClock,
    ),
  )

const answering =
  (contentType: string, ...pieces: readonly (string | Uint8Array)[]) =>
  async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-type': contentType })
    for (const piece of pieces) {
      await new Promise<void>((resolve) => response.write(piece, () => setImmediate(resolve)))
    }
    response.end()
  }

describe('http', () => {
  it('posts the turn as a Standard Webhook that verifies with each secret', async () => {
    const { url, posted } = await serverThat(answering('text/plain', 'Hi.'))
    const attachments = [
      { kind: 'voice', url: 'https://example.com/a.m4a', seconds: 3 },
      { kind: 'sticker', index: 1, data: 'tt01' },
    ] as const
    const turn = { ...aTurn, customData: '{"room":7}', attachments }

    await ask(sourceAt(url, `${secret}, ${otherSecret}`), { turn })

    expect(posted[0]?.headers['webhook-id']).toBe(turn.replyId)
    for (const one of [secret, otherSecret]) {
      expect(verify(one, posted[0])).toEqual({
        type: 'turn',
        replyId: turn.replyId,
        from: '@RBT#bot',
        to: 'alice',
        text: turn.text,
        askedAtMs: turn.askedAtMs,
        customData: '{"room":7}',
        attachments,
      })
    }
  })

  it.each<readonly [string, string, readonly (string | Uint8Array)[], string]>([
    ['plain text', 'text/plain; charset=utf-8', ['Hel', 'lo\n', ' you'], 'Hello\n you'],
    [
      'text whose bytes come one by one',
      'text/plain',
      Array.from(Buffer.from('é中👩‍👧'), (byte) => Uint8Array.of(byte)),
      'é中👩‍👧',
    ],
    [
      'JSON lines',
      'application/x-ndjson',
      ['"Hel"\n{"te', 'xt":"lo"}\r\n\n{"text":"","usage":1}\n"!"'],
      'Hello!',
    ],
    ['JSON lines by their other name', 'Application/JSONL', ['"\\ud83d"\n"\\ude00"\n'], '😀'],
    [
      'events',
      'text/event-stream',
      ['data: "Hel"\n\ndata: {"text":"lo"}\n\ndata: [DONE]\n\ndata: "not this"\n\n'],
      'Hello',
    ],
    [
      'events of plain text',
      'text/event-stream',
      ['data: Hel\n\ndata:  lo 1\n\ndata: 2\n\n'],
      'Hel lo 12',
    ],
    [
      'events with signs of life between',
      'text/event-stream',
      [': hello\n\n', 'event: ping\ndata: {}\n\ndata: Hel\n\n', 'data:\n\ndata: lo\n\n'],
      'Hello',
    ],
    ['events of another type', 'application/octet-stream', ['da', 'ta: Hello\n\n'], 'Hello'],
    ['one JSON object', 'application/json', ['{"text":"Hel', 'lo","usage":1}\n'], 'Hello'],
    ['one JSON string', 'application/json; charset=utf-8', ['"Hello"'], 'Hello'],
    ['no JSON at all', 'application/json', [' \n'], ''],
  ])('takes %s', async (_, contentType, pieces, text) => {
    const { url } = await serverThat(answering(contentType, ...pieces))

    expect((await ask(sourceAt(url))).text).toBe(text)
  })

  it('takes 204 for a reply without text', async () => {
    const { url } = await serverThat((response) => response.writeHead(204).end())

    expect((await ask(sourceAt(url))).text).toBe('')
  })

  it('asks again after 503, with the same webhook-id', async () => {
    const { url, posted } = await serverThat((response, index) => {
      if (index < 2) return void response.writeHead(503).end()
      void answering('text/plain', 'Hi.')(response)
    })

    expect((await ask(sourceAt(url))).text).toBe('Hi.')
    expect(posted.map(({ headers }) => headers['webhook-id'])).toEqual(Array(3).fill(aTurn.replyId))
  })

  it('reads the secret again when the server refuses the signature', async () => {
    const { url, posted } = await serverThat((response, index) => {
      if (index === 0) return void response.writeHead(401).end()
      void answering('text/plain', 'Hi.')(response)
    })
    const settings = { REPLY_SOURCE_URL: url }
    const source = http(partsOf(settings, async (_, fresh) => (fresh ? otherSecret : secret)))

    expect((await ask(source)).text).toBe('Hi.')

    const [first, second] = posted
    expect(() => verify(secret, first)).not.toThrow()
    expect(() => verify(otherSecret, second)).not.toThrow()
  })

  it('lets go of the connection when [DONE] comes, even if the server does not', async () => {
    const { url, closedEarly } = await serverThat((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: "Hi."\n\ndata: [DONE]\n\n')
    })

    expect((await ask(sourceAt(url))).text).toBe('Hi.')
    await vi.waitFor(() => expect(closedEarly()).toBe(1))
  })
})

describe('http, when something goes wrong', () => {
  const status = (code: number) => (response: ServerResponse) => {
    response
      .writeHead(code, { location: '/elsewhere', 'content-type': 'text/plain' })
      .end('Secret!')
  }
  const failures: readonly (readonly [string, (response: ServerResponse) => unknown, string])[] = [
    ['401', status(401), 'answered 401: it does not accept the signature'],
    ['404', status(404), 'answered 404: nothing takes a POST there'],
    ['429', status(429), 'answered 429: it is in trouble or overloaded'],
    ['500', status(500), 'answered 500: it is in trouble or overloaded'],
    ['a redirect', status(307), 'answered 307: redirects are not followed'],
    ['201', status(201), 'answered 201: it must answer 200, or 204 for no text'],
    [
      'a page',
      answering('text/html', '<p>'),
      'REPLY_SOURCE_URL answered text/html; it must be one of text/plain, ',
    ],
    ['JSON', answering('application/json', '{}'), 'answered application/json; it must be'],
    ['no content type', (response) => response.end('hm'), 'answered no content type; it must be'],
    ['a line of garbage', answering('application/x-ndjson', '{"te\n'), 'neither a JSON string nor'],
    [
      'a line without text',
      answering('application/x-ndjson', '{"a":1}\n'),
      'neither a JSON string nor',
    ],
    ['an error alone', answering('application/json', '{"error":"Secret!"}'), 'reported an error'],
    [
      'an error line',
      answering('application/x-ndjson', '{"error":"Secret!"}\n'),
      'reported an error',
    ],
    [
      'an error in an event',
      answering('text/event-stream', 'data: {"error":{}}\n\n'),
      'reported an error',
    ],
    [
      'an event named error',
      answering('text/event-stream', 'event: error\ndata: Secret!\n\n'),
      'reported an error',
    ],
  ]
  it.each(failures)(
    'says so, and nothing of what the server says: %s',
    async (_, answer, detail) => {
      const { url } = await serverThat(answer)

      const failure = await brokenOff(sourceAt(url))

      expect(failure.detail).toContain(detail)
      expect(failure.detail).not.toMatch(/Secret!|What is the time|127\.0\.0\.1|whsec_/)
    },
  )

  it.each<readonly [string, Record<string, string>]>([
    ['chunked', {}],
    ['of a known length', { 'content-length': '100' }],
  ])('does not take a truncated answer for a whole one: %s', async (_, headers) => {
    const { url, posted } = await serverThat((response) => {
      response.writeHead(200, { 'content-type': 'text/plain', ...headers })
      response.write('Half a', () => response.destroy())
    })

    const failure = await brokenOff(sourceAt(url))

    expect(failure.text).toBe('Half a')
    expect(failure.detail).toContain('REPLY_SOURCE_URL broke before the end of the answer')
    expect(posted).toHaveLength(1)
  })

  it('says when the secret is missing or no secret', async () => {
    const { url, posted } = await serverThat(answering('text/plain', 'Hi.'))

    expect((await brokenOff(sourceAt(url, ' , '))).detail).toContain(
      'REPLIES_WEBHOOK_SECRET is missing',
    )
    expect((await brokenOff(sourceAt(url, 'whsec_~~~'))).detail).toBe(
      'REPLIES_WEBHOOK_SECRET is not whsec_ and base64.',
    )
    expect(posted).toHaveLength(0)
  })

  it('stops at cold start without REPLY_SOURCE_URL', () => {
    expect(() => http(partsOf())).toThrow('REPLY_SOURCE_URL is missing')
  })
})

describe('http, when nobody wants the rest', () => {
  it.each([
    ['before the head of the answer', [], ''],
    ['in the middle', ['Half a'], 'Half a'],
  ])('closes the connection %s', async (_, pieces, shown) => {
    const { url, posted, closedEarly } = await serverThat((response) => {
      if (pieces.length === 0) return
      response.writeHead(200, { 'content-type': 'text/plain' })
      for (const piece of pieces) response.write(piece)
    })
    const stop = new AbortController()
    let text = ''
    const asked = ask(sourceAt(url), {
      signal: stop.signal,
      onDelta: (delta) => {
        text += delta
      },
    })
    const refused = expect(asked).rejects.toThrow('not wanted')
    await vi.waitFor(() => {
      expect(posted).toHaveLength(1)
      expect(text).toBe(shown)
    })

    stop.abort(new Error('not wanted'))

    await refused
    await vi.waitFor(() => expect(closedEarly()).toBe(1))
    expect(posted).toHaveLength(1)
  })
})
