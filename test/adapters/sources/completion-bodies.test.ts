import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  done,
  listen,
  servePieces,
} from '../../support/completions.ts'
import { ask, partsOf } from '../../support/source-world.ts'

afterEach(closeServers)

const ofMessage = (message: object, finish_reason: unknown = 'stop'): string =>
  JSON.stringify({ object: 'chat.completion', choices: [{ index: 0, message, finish_reason }] })

describe('an answer that is no plain event stream', () => {
  const stream = contentEvent('é中') + contentEvent('!', 'stop') + done

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('is unpacked: %s', async (coding, pack) => {
    const headers = { 'content-type': 'text/event-stream', 'content-encoding': coding }
    const bytes = Array.from(pack(stream), (byte) => Uint8Array.of(byte))

    expect((await listen(bytes, { headers })).text).toBe('é中!')
  })

  it.each(['application/json', 'text/plain; charset=utf-8', 'application/octet-stream', ''])(
    'is read as events where it holds some: %s',
    async (type) => {
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }

      expect((await listen(['\n: hello\n\n', stream], { headers })).text).toBe('é中!')
    },
  )

  it.each([
    ['a completion', ofMessage({ content: 'Yes.' }), 'Yes.', 'ended'],
    [
      'a completion in parts',
      ofMessage({ content: [{ type: 'text', text: 'Yes.' }] }),
      'Yes.',
      'ended',
    ],
    [
      'one with thoughts',
      ofMessage({ reasoning_content: 'Hm.', content: 'Yes.' }),
      'Yes.',
      'ended',
    ],
    ['a refusal', ofMessage({ content: null, refusal: 'No.' }), 'No.', 'ended'],
    ['a cut one', ofMessage({ content: 'Half' }, 'length'), 'Half', 'cut'],
    ['an error', '{"error":{"code":"model_not_found","message":"x"}}', '', 'source-failed'],
    ['an error in a list', '[{"error":{"code":404,"message":"x"}}]', '', 'source-failed'],
    ['an error without an object of its own', '{"detail":"Not Found"}', '', 'source-failed'],
    ['something else', '{"status":"alive"}', '', 'source-failed'],
  ])('is taken for what it is where it is JSON: %s', async (_, body, text, how) => {
    const heard = await listen([body.slice(0, 9), body.slice(9)], {
      headers: { 'content-type': 'application/json' },
    })

    expect(heard).toMatchObject({ text, how })
  })

  it('is given up where a small one unpacks to too much', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const huge = 'x'.repeat(16_777_216)

    expect(await listen([gzipSync(`{"choices":"${huge}"}`)], { headers })).toMatchObject({
      how: 'source-failed',
      detail: 'The answer is longer than 8 MiB.',
    })
    expect(await listen([gzipSync(`data: {"choices":"${huge}"}\n\n`)], { headers })).toMatchObject({
      how: 'source-failed',
      detail: 'An event of the answer is longer than 8 MiB.',
    })
  })

  it('reports the usage of a completion that came whole', async () => {
    const server = closeLater(
      await servePieces([
        '{"choices":[{"message":{"content":"Yes."}}],"usage":{"prompt_tokens":7,"completion_tokens":2}}',
      ]),
    )

    const { usages } = await ask(openai(partsOf({ OPENAI_BASE_URL: server.url })))

    expect(usages).toEqual([{ inputTokens: 7, outputTokens: 2 }])
  })
})
