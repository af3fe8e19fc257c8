import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { text as bodyOf } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { http } from '../../../lib/adapters/sources/http.ts'
import type { SourceDelta } from '../../../lib/core/conversation/source-delta.ts'
import { EMPTY_HASH, hashText } from '../../../lib/core/text/text-hash.ts'
import { serveOn } from '../../support/serve-on.ts'
import { aTurn, brokenOff, hastyClock, partsOf } from '../../support/source-world.ts'
import { readUnbroken } from '../../support/unbroken.ts'

const secret = `whsec_${Buffer.from('nobody may see this secret').toString('base64')}`
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

type Listener = (
  request: IncomingMessage,
  response: ServerResponse,
  nth: number,
) => void | Promise<void>

const sourceThat = async (listener: Listener) => {
  const asked: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  const { url, close } = await serveOn(async (request, response) => {
    asked.push({ headers: request.headers, body: await bodyOf(request) })
    await listener(request, response, asked.length - 1)
  })
  closers.push(close)
  const source = http(partsOf({ REPLY_SOURCE_URL: url }, async () => secret, hastyClock))
  return { source, asked }
}

/** `EVERY_BYTE=1` in the environment breaks streams at each byte; by default at as many as a test suite has time for. */
const STEP = process.env['EVERY_BYTE'] === '1' ? 1 : 3
const pieces = ['Tides ', 'come 潮', '汐 ', 'twice 👩‍🚀', ' a day.\n', 'Why? ', 'The Moon.']
const text = pieces.join('')

/** The whole answer in each way that names places. */
const streams = {
  'text/event-stream': pieces.map(
    (piece, nth) => `: life\n\nid: ${nth + 1}\ndata: ${JSON.stringify({ text: piece })}\n\n`,
  ),
  'application/x-ndjson': pieces.map(
    (piece, nth) => `${JSON.stringify({ id: nth + 1, text: piece })}\n`,
  ),
} as const

/** A server that makes its answer once, and gives what follows the last id. */
const remembering =
  (contentType: keyof typeof streams, cutAt?: number): Listener =>
  (request, response, nth) => {
    const from = Number(request.headers['last-event-id'] ?? 0)
    const body = Buffer.from(streams[contentType].slice(from).join(''))
    response.writeHead(200, { 'content-type': contentType })
    if (nth > 0 || cutAt === undefined) response.end(body)
    else response.write(body.subarray(0, cutAt), () => setImmediate(() => response.destroy()))
  }

describe.each(['text/event-stream', 'application/x-ndjson'] as const)('an answer as %s', (type) => {
  it('that breaks at any byte is complete, and the same turn was asked to go on', async () => {
    const bytes = Buffer.from(streams[type].join('')).length
    for (let cutAt = 1; cutAt < bytes; cutAt += STEP) {
      const { source, asked } = await sourceThat(remembering(type, cutAt))

      const heard = await readUnbroken(source)

      expect({ cutAt, text: heard.text }).toEqual({ cutAt, text })
      expect(asked.length).toBeLessThanOrEqual(2)
      const [first, second = first] = asked
      expect(second?.body).toBe(first?.body)
      expect(second?.headers['webhook-id']).toBe(aTurn.replyId)
      for (const close of closers.splice(0)) close()
    }
  }, 60_000)

  it('names its places, the first one before any text', async () => {
    const { source } = await sourceThat(remembering(type))
    const deltas: SourceDelta[] = []
    const signal = new AbortController().signal
    for await (const delta of source({ turn: aTurn, history: [], signal, reportUsage: () => {} })) {
      deltas.push(delta)
    }

    expect(deltas.slice(0, 2)).toEqual([
      { text: '', cursor: '' },
      { text: 'Tides ', cursor: '1' },
    ])
    expect(deltas).toHaveLength(pieces.length + 1)
  })
})

describe('an answer that is to be gone on with', () => {
  it.each([409, 410])(
    'is given up where the server says %i: it no longer knows it',
    async (status) => {
      const { source, asked } = await sourceThat((request, response, nth) => {
        if (nth === 0) return remembering('text/event-stream', 120)(request, response, nth)
        response.writeHead(status).end()
      })

      await expect(readUnbroken(source)).rejects.toThrow('no longer knows the answer')
      expect(asked).toHaveLength(2)
    },
  )

  it('has nothing to follow where the server says 204', async () => {
    const { source } = await sourceThat((request, response, nth) => {
      if (nth === 0) return remembering('text/event-stream', 120)(request, response, nth)
      response.writeHead(204).end()
    })

    expect(text.startsWith((await readUnbroken(source)).text)).toBe(true)
  })

  it('is given up after five times without new text', async () => {
    const { source, asked } = await sourceThat((request, response, nth) => {
      if (nth === 0) return remembering('text/event-stream', 120)(request, response, nth)
      response.destroy()
    })

    await expect(readUnbroken(source)).rejects.toThrow('REPLY_SOURCE_URL')
    expect(asked).toHaveLength(6)
  })

  it('is not asked for where it named no place', async () => {
    const { source, asked } = await sourceThat((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: Half a\n\n', () => setImmediate(() => response.destroy()))
    })

    expect((await brokenOff(source)).text).toBe('Half a')
    await expect(readUnbroken(source)).rejects.toThrow('broke before the end')
    expect(asked).toHaveLength(2)
  })

  it('goes on from an id of any characters, and from none that no header can carry', async () => {
    const ids = ['ü/潮', 'a\u0007b', ' c', 'x'.repeat(1_100)]
    const { source, asked } = await sourceThat((_, response, nth) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      if (nth > 0) return response.end('{"text":"!"}\n') && undefined
      const lines = ids.map((id) => `${JSON.stringify({ id, text: '.' })}\n`).join('')
      response.write(lines, () => setImmediate(() => response.destroy()))
    })

    // Of the text after the last id that can be used, the server says what it likes.
    await readUnbroken(source)
    const last = asked[1]?.headers['last-event-id']
    expect(Buffer.from(String(last), 'latin1').toString()).toBe('ü/潮')
  })

  it('that another worker began in the middle of its first piece is read again from its beginning, if it is the same', async () => {
    const { source, asked } = await sourceThat(remembering('text/event-stream'))
    const mark = { cursor: '', chars: 0 }

    const start = { chars: 3, mark, hash: hashText(EMPTY_HASH, 'Tid') }
    expect((await readUnbroken(source, start)).text).toBe(text.slice(3))
    expect(asked[0]?.headers['last-event-id']).toBeUndefined()

    const other = { chars: 3, mark, hash: hashText(EMPTY_HASH, 'Ebb') }
    await expect(readUnbroken(source, other)).rejects.toThrow('answered otherwise than before')
  })
})
