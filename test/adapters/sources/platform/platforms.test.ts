import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fieldsOf } from '../../../../lib/core/json.ts'
import { type ModelFault, traceOf } from '../../../../local/model/events.ts'
import { type PlatformKind, platformWires } from '../../../../local/model/platform-events.ts'
import {
  type PlatformSettings,
  startPlatformModel,
} from '../../../../local/model/platform-server.ts'
import { closeLater, closeServers, servePieces } from '../../../support/completions.ts'
import {
  conversationsIn,
  pathOf,
  platformAt,
  platformKey,
  platformKinds,
} from '../../../support/platforms.ts'
import { serveOn } from '../../../support/serve-on.ts'
import { ask, aTurn, brokenOff, hear } from '../../../support/source-world.ts'
import { textOf } from '../../../support/texts.ts'

afterEach(closeServers)

const tokens = traceOf('one two three 中文 👩‍🚀 **four**')
const text = textOf(tokens)
const ids = { conversation: 'c-1', task: 't-1', question: aTurn.text }

const modelOf = async (kind: PlatformKind, settings: Partial<PlatformSettings> = {}) =>
  closeLater(
    await startPlatformModel(kind, { tokens, speed: Number.POSITIVE_INFINITY, ...settings }),
  )

/** The whole body of an answer. */
const bodyOf = (kind: PlatformKind): string => {
  const { first, token, ping, last } = platformWires[kind].events(ids)
  return [...first, ping, ...tokens.map((one) => token(one.text)), ping, ...last(text)].join('')
}

describe.each(platformKinds)('%s', (kind) => {
  const served = async (
    pieces: readonly (string | Uint8Array)[],
    headers?: Readonly<Record<string, string>>,
  ) => platformAt(kind, `${closeLater(await servePieces(pieces, headers)).url}${pathOf(kind)}`)

  it('tells what the platform answers, and what it used', async () => {
    const model = await modelOf(kind)

    const heard = await ask(platformAt(kind, model.url))

    expect(heard).toEqual({ text, usages: [{ inputTokens: 10, outputTokens: 20 }] })
    expect(JSON.stringify(model.requests[0]?.body)).toContain(aTurn.text)
  })

  it('goes on in the same conversation, each user in their own', async () => {
    const model = await modelOf(kind)
    const source = platformAt(kind, model.url, { conversations: conversationsIn() })
    const turnOf = (to: string, n: number) => ({
      ...aTurn,
      replyId: `turn:${n}_2_1700000000` as typeof aTurn.replyId,
      conversation: { ...aTurn.conversation, to },
    })

    for (const turn of [turnOf('alice', 1), turnOf('bob', 2), turnOf('alice', 3)]) {
      await ask(source, { turn })
    }

    const [first, other, second] = model.requests
    expect(second?.asked).toBe(first?.conversation)
    expect(other?.conversation).not.toBe(first?.conversation)
  })

  it.each<readonly [string, readonly Uint8Array[], Readonly<Record<string, string>>]>([
    [
      'whose bytes come one by one',
      [...Buffer.from(bodyOf(kind))].map((byte) => Uint8Array.of(byte)),
      {},
    ],
    ['that is packed', [gzipSync(bodyOf(kind))], { 'content-encoding': 'gzip' }],
    ['of no content type', [Buffer.from(bodyOf(kind))], { 'content-type': '' }],
    ['with other line ends', [Buffer.from(bodyOf(kind).replaceAll('\n', '\r\n'))], {}],
  ])('takes an answer %s', async (_, pieces, headers) => {
    const source = await served(pieces, { 'content-type': 'text/event-stream', ...headers })

    expect((await ask(source)).text).toBe(text)
  })

  it('hears that the platform is alive while there is no text, however long', async () => {
    let beats = 0
    let heard = () => {}
    const { first, ping } = platformWires[kind].events(ids)
    const server = await serveOn(async (request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first.join(''))
      // Every ten seconds for a minute and a half.
      for (let pings = 0; pings < 9; pings += 1) {
        const next = new Promise<void>((resolve) => {
          heard = resolve
        })
        response.write(ping)
        await next
      }
      response.end(bodyOf(kind))
    })
    closeLater(server)
    const source = platformAt(kind, `${server.url}${pathOf(kind)}`)
    const signal = new AbortController().signal
    const reportLife = () => {
      beats += 1
      heard()
    }

    let text = ''
    const request = { turn: aTurn, history: [], signal, reportUsage: () => {}, reportLife }
    for await (const delta of source(request)) text += delta

    expect(beats).toBeGreaterThanOrEqual(9)
    expect(text).toBe(textOf(tokens))
  })

  it('asks again after 429, as Retry-After says', async () => {
    let asked = 0
    const model = await modelOf(kind)
    const server = await serveOn((request, response) => {
      asked += 1
      request.resume()
      if (asked < 3) return void response.writeHead(429, { 'retry-after': '1' }).end('{}')
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bodyOf(kind))
    })
    closeLater(server)
    closeLater(model)

    const heard = await ask(platformAt(kind, `${server.url}${pathOf(kind)}`))

    expect(heard.text).toBe(text)
    expect(asked).toBe(3)
  })

  const faults: readonly (readonly [ModelFault, string, RegExp])[] = [
    [{ kind: 'dies-after', after: 2 }, 'one two', /broke before the end of the answer/],
    [{ kind: 'ends-early', after: 2 }, 'one two', /its stream ended too soon/],
    [{ kind: 'ends-early', after: 0 }, '', /its stream ended too soon/],
    [{ kind: 'error-event', after: 2 }, 'one two', /reported an error.*(quota|credit)/],
    [{ kind: 'error-event', after: 0 }, '', /reported an error.*(quota|credit)/],
    [{ kind: 'html' }, '', /it sent text\/html where text\/event-stream was due/],
    [
      { kind: 'status', status: 400 },
      '',
      /answered 400 \(refused_by_trace\): .* is probably wrong/,
    ],
    [{ kind: 'status', status: 307 }, '', /redirects are not followed/],
    [{ kind: 'status', status: 500 }, '', /it is in trouble or overloaded/],
    [{ kind: 'status', status: 401 }, '', /(DIFY_API_KEY|COZE_API_TOKEN|ADP_APP_KEY) is wrong/],
  ]
  it.each(faults)(
    'says what went wrong, and nothing of key or conversation: %o',
    async (fault, said, detail) => {
      const model = await modelOf(kind, { fault })

      const failure = await brokenOff(platformAt(kind, model.url))

      expect(failure.text).toBe(said)
      expect(failure.detail).toMatch(detail)
      expect(failure.detail).not.toMatch(/KeyThatNobody|What is the time|127\.0\.0\.1|fell over/)
    },
  )

  it('asks once where text has come, and four times where none has', async () => {
    const begun = await modelOf(kind, { fault: { kind: 'dies-after', after: 1 } })
    const silent = await modelOf(kind, { fault: { kind: 'ends-early', after: 0 } })

    await brokenOff(platformAt(kind, begun.url))
    await brokenOff(platformAt(kind, silent.url))

    expect(begun.requests).toHaveLength(1)
    expect(silent.requests).toHaveLength(4)
  })

  it('reads the key again where it is refused', async () => {
    const keys: (string | undefined)[] = []
    const server = await serveOn(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      const { bot_app_key, AppKey } = JSON.parse(body)
      const key = request.headers.authorization?.slice('Bearer '.length) ?? bot_app_key ?? AppKey
      keys.push(key)
      if (key === 'old-key') return void response.writeHead(401).end('{}')
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bodyOf(kind))
    })
    closeLater(server)
    const readSecret = async (_: string, fresh = false) => (fresh ? 'new-key' : 'old-key')

    expect((await ask(platformAt(kind, `${server.url}${pathOf(kind)}`, { readSecret }))).text).toBe(
      text,
    )
    expect(keys).toEqual(['old-key', 'new-key'])
  })

  it('closes the connection, and says so, when nobody wants the rest', async () => {
    const model = await modelOf(kind, { fault: { kind: 'hangs-after', after: 2 } })
    const stop = new AbortController()
    let heard = ''
    const asked = hear(platformAt(kind, model.url), {
      signal: stop.signal,
      onDelta: (delta) => {
        heard += delta
      },
    })
    const refused = expect(asked).rejects.toThrow('what no source may')
    await vi.waitFor(() => expect(heard).toBe('one two'))

    stop.abort(new Error('not wanted'))

    await refused
    await vi.waitFor(() => expect(model.requests[0]?.givenUpAtMs).toBeDefined())
    if (kind === 'dify') {
      const { user } = fieldsOf(model.requests[0]?.body)
      await vi.waitFor(() => expect(model.requests[0]?.stoppedWith).toEqual({ user }))
    }
    if (kind === 'coze') {
      const ids = { conversation_id: 'c-0', chat_id: 't-0' }
      await vi.waitFor(() => expect(model.requests[0]?.stoppedWith).toEqual(ids))
    }
  })

  it('does not tell a platform to stop what has ended', async () => {
    const model = await modelOf(kind)
    const stop = new AbortController()

    await ask(platformAt(kind, model.url), { signal: stop.signal })
    stop.abort('over')
    await new Promise((resolve) => setTimeout(resolve, 50))

    expect(model.requests[0]?.stoppedWith).toBeUndefined()
  })

  it('says who asks in a group', async () => {
    const model = await modelOf(kind)
    const conversation = { from: '@RBT#bot', to: '@TGS#1', group: { asker: 'carol' } }

    await ask(platformAt(kind, model.url), { turn: { ...aTurn, conversation } })

    expect(JSON.stringify(model.requests[0]?.body)).toContain(`carol: ${aTurn.text}`)
  })

  it('sends the key in one place alone, and no name of a user', async () => {
    const model = await modelOf(kind)

    await ask(platformAt(kind, model.url))

    const [request] = model.requests
    const isInHeader = kind === 'dify' || kind === 'coze'
    expect(request?.authorization).toBe(isInHeader ? `Bearer ${platformKey}` : undefined)
    expect(JSON.stringify(request?.body).includes(platformKey)).toBe(!isInHeader)
    expect(JSON.stringify(request?.body)).not.toContain('alice')
  })
})
