import type { IncomingHttpHeaders } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import type { SourceSettings } from '../../../lib/adapters/sources/source-parts.ts'
import { fieldsOf } from '../../../lib/core/json.ts'
import { closeLater, closeServers, contentEvent, done } from '../../support/completions.ts'
import { serveOn } from '../../support/serve-on.ts'
import { ask, aTurn, partsOf } from '../../support/source-world.ts'

afterEach(closeServers)

interface Asked {
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** A server that refuses with 422 what this says about a request's body. */
const serve = async (refusal: (body: Asked['body']) => unknown = () => undefined) => {
  const asked: Asked[] = []
  const server = closeLater(
    await serveOn(async (request, response) => {
      const body = fieldsOf(await json(request))
      asked.push({ url: request.url, headers: request.headers, body })
      const refused = refusal(body)
      response.writeHead(refused === undefined ? 200 : 422)
      response.end(
        refused === undefined ? contentEvent('Yes.', 'stop') + done : JSON.stringify(refused),
      )
    }),
  )
  return { url: server.url, asked }
}

const sourceAt = (url: string, settings: Partial<SourceSettings> = {}) =>
  openai(
    partsOf({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'm', ...settings }, async (name) =>
      name === 'OPENAI_API_KEY' ? 'sk-1' : undefined,
    ),
  )

describe('the request for a completion', () => {
  it('holds the fields of OPENAI_PARAMETERS, null takes one away, and none replaces what the source needs', async () => {
    const { url, asked } = await serve()
    const parameters = {
      temperature: 0.3,
      thinking: { type: 'disabled' },
      user: null,
      model: 'x',
      stream: false,
    }

    await ask(sourceAt(url, { OPENAI_PARAMETERS: parameters }))

    expect(asked[0]?.body).toEqual({
      temperature: 0.3,
      thinking: { type: 'disabled' },
      stream_options: { include_usage: true },
      model: 'm',
      messages: [{ role: 'user', content: aTurn.text }],
      stream: true,
    })
  })

  it('names its user by a hash of bot and user', async () => {
    const { url, asked } = await serve()
    const turns = [
      aTurn,
      aTurn,
      { ...aTurn, conversation: { ...aTurn.conversation, to: 'bob' } },
      { ...aTurn, conversation: { ...aTurn.conversation, from: '@RBT#other' } },
    ]

    for (const turn of turns) await ask(sourceAt(url), { turn })

    const users = asked.map(({ body }) => String(body['user']))
    expect(users[1]).toBe(users[0])
    expect(new Set(users).size).toBe(3)
    for (const user of users) expect(user).toMatch(/^[\da-f]{64}$/)
  })

  it('leaves out from then on what the server does not take', async () => {
    const { url, asked } = await serve(({ user, stream_options }) => {
      if (user !== undefined)
        return { detail: [{ type: 'extra_forbidden', loc: ['body', 'user'] }] }
      return stream_options === undefined ? undefined : { message: 'Unknown: stream_options' }
    })
    const source = sourceAt(url)

    await ask(source)
    expect((await ask(source)).text).toBe('Yes.')

    const sent = asked.map(({ body }) => ['user', 'stream_options'].filter((name) => name in body))
    expect(sent).toEqual([['user', 'stream_options'], ['stream_options'], [], []])
  })

  it('keeps the query of OPENAI_BASE_URL behind the path, and the key goes where such a service looks for it', async () => {
    const { url, asked } = await serve()

    await ask(sourceAt(`${url}/openai/deployments/d/?api-version=2024-10-21`))
    await ask(sourceAt(`${url}/v1?tenant=a`))
    await ask(sourceAt(`${url}/v1/`))

    expect(
      asked.map(({ url: path, headers }) => [path, headers['api-key'], headers.authorization]),
    ).toEqual([
      ['/openai/deployments/d/chat/completions?api-version=2024-10-21', 'sk-1', 'Bearer sk-1'],
      ['/v1/chat/completions?tenant=a', undefined, 'Bearer sk-1'],
      ['/v1/chat/completions', undefined, 'Bearer sk-1'],
    ])
  })
})
