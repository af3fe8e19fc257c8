import { afterEach, describe, expect, it, vi } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import type { SourceParts } from '../../../lib/adapters/sources/source-parts.ts'
import type { PastTurn } from '../../../lib/core/conversation/source-request.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { traceOf } from '../../../local/model/events.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  done,
  modelWith,
  openAiKey,
  sourceAt,
  streaming,
} from '../../support/completions.ts'
import { serveOn } from '../../support/serve-on.ts'
import { ask, aTurn, partsOf } from '../../support/source-world.ts'
import { readTrace, TRACES, textOf } from '../../support/texts.ts'

afterEach(closeServers)

/** A secret that holds a system prompt beside the key. */
const readPrompt: SourceParts['readSecret'] = async (name) =>
  name === 'SYSTEM_PROMPT' ? 'Be kind.' : openAiKey

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
      if (name === 'OPENAI_API_KEY') return openAiKey
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
        authorization: `Bearer ${openAiKey}`,
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
    closeLater(server)

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
    closeLater(server)
    const source = sourceAt(server.url)

    for (let i = 0; i < 3; i += 1) await ask(source)

    expect(ports.size).toBe(1)
  })
})
