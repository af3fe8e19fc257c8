import { createServer, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import type { SourceSettings } from '../../../lib/adapters/sources/source-parts.ts'
import { textOfDelta } from '../../../lib/core/conversation/source-delta.ts'
import { fieldsOf } from '../../../lib/core/json.ts'
import { EMPTY_HASH, hashText } from '../../../lib/core/text/text-hash.ts'
import type { ReplySource } from '../../../lib/ports.ts'
import { traceOf } from '../../../local/model/events.ts'
import { startTraceModel, type TraceModel } from '../../../local/model/server.ts'
import { closeLater, closeServers, readKey, serveInTurn } from '../../support/completions.ts'
import { aTurn, brokenOff, hastyClock, hear, partsOf } from '../../support/source-world.ts'
import { readUnbroken } from '../../support/unbroken.ts'

afterEach(closeServers)

const text = 'Tides come twice a day 👩‍🚀, since two bulges of water 潮汐 stand under the Moon.'
const tokens = traceOf(text)

const sourceAt = (url: string, settings: Partial<SourceSettings> = {}) =>
  openai(
    partsOf(
      { OPENAI_BASE_URL: url, OPENAI_MODEL: 'm', OPENAI_API: 'responses', ...settings },
      readKey,
      hastyClock,
    ),
  )

const modelThat = async (settings: Parameters<TraceModel['set']>[0] = {}) =>
  closeLater(await startTraceModel({ tokens, speed: Number.POSITIVE_INFINITY, ...settings }))

/** Every place that a source names while it answers. */
const marksOf = async (source: ReplySource) => {
  const { signal } = new AbortController()
  const marks: { readonly cursor: string; readonly chars: number }[] = []
  let chars = 0
  for await (const delta of source({ turn: aTurn, history: [], signal, reportUsage: () => {} })) {
    chars += textOfDelta(delta).length
    if (typeof delta !== 'string') marks.push({ cursor: delta.cursor, chars })
  }
  return marks
}

describe('a response', () => {
  it('is asked for in background, kept and without obfuscation, with the conversation before it', async () => {
    const { url, asked } = closeLater(
      await serveInTurn([
        (_, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.end(
            'data: {"type":"response.output_text.delta","sequence_number":1,"delta":"Yes."}\n\n' +
              'data: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","status":"completed","usage":{"input_tokens":3,"output_tokens":1}}}\n\n',
          )
        },
      ]),
    )
    const history = [{ replyId: aTurn.replyId, asked: 'And before?', answered: 'Before.' }]

    const heard = await hear(sourceAt(url, { SYSTEM_PROMPT: 'Be kind.' }), { history })

    expect(heard).toEqual({ text: 'Yes.', how: 'ended', detail: '' })
    expect(asked[0]).toMatchObject({
      model: 'm',
      instructions: 'Be kind.',
      input: [
        { role: 'user', content: 'And before?' },
        { role: 'assistant', content: 'Before.' },
        { role: 'user', content: aTurn.text },
      ],
      stream: true,
      background: true,
      store: true,
      stream_options: { include_obfuscation: false },
    })
  })

  it('is shown as it is made, without its reasoning', async () => {
    const model = await modelThat({ reasoning: { pieces: 5, everyMs: 2 } })

    expect(await readUnbroken(sourceAt(model.url))).toEqual({ text, resumes: 0 })
    expect(model.responses[0]).toMatchObject({ streams: 1, mostOpen: 1 })
  })

  it('has its reasoning quoted where that is wished', async () => {
    const model = await modelThat({ reasoning: { pieces: 2, everyMs: 0 } })

    const heard = await readUnbroken(sourceAt(model.url, { SHOW_REASONING: 'quote' }))

    expect(heard.text).toBe(`> Thought 0. Thought 1. \n\n${text}`)
  })

  it.each(['clean', 'broken'] as const)(
    'whose streams end early, %s, after any number of events, is complete and was made once',
    async (how) => {
      for (let after = 1; after < tokens.length + 3; after += 1) {
        const model = await modelThat({
          reasoning: { pieces: 3, everyMs: 0 },
          streamEnds: (nth) => (nth < 2 ? { after, how } : undefined),
        })

        const heard = await readUnbroken(sourceAt(model.url))

        expect({ after, text: heard.text }).toEqual({ after, text })
        expect(model.responses).toHaveLength(1)
        expect(model.responses[0]?.mostOpen).toBe(1)
      }
    },
    60_000,
  )

  it('with its reasoning quoted, whose streams break anywhere, is complete', async () => {
    for (let after = 1; after < tokens.length + 5; after += 2) {
      const model = await modelThat({
        reasoning: { pieces: 4, everyMs: 0 },
        streamEnds: (nth) => (nth === 0 ? { after, how: 'broken' } : undefined),
      })

      const heard = await readUnbroken(sourceAt(model.url, { SHOW_REASONING: 'quote' }))

      expect(heard.text).toBe(`> Thought 0. Thought 1. Thought 2. Thought 3. \n\n${text}`)
    }
  }, 60_000)

  it('that is no longer streamed is looked at until it has ended', async () => {
    const model = await modelThat({
      speed: 4,
      streamedForMs: 0,
      streamEnds: () => ({ after: 6, how: 'broken' }),
    })

    expect((await readUnbroken(sourceAt(model.url))).text).toBe(text)
    expect(model.responses[0]?.streams).toBe(1)
  })

  it.each(['incomplete', 'failed'] as const)(
    'that ends %s says so behind its text',
    async (ends) => {
      const model = await modelThat({ ends })

      const heard = await hear(sourceAt(model.url))

      expect(heard.text).toBe(text)
      expect(heard.how).toBe(ends === 'incomplete' ? 'cut' : 'source-failed')
      expect(model.responses).toHaveLength(1)
    },
  )

  it('that has gone is not waited for', async () => {
    const source = sourceAt((await modelThat()).url)
    const start = { chars: 5, mark: { cursor: 'resp_gone:3:5', chars: 5 } }

    await expect(readUnbroken(source, start)).rejects.toThrow('no longer has the response')
  })

  it('of another source is not asked for', async () => {
    const source = sourceAt((await modelThat()).url)
    const start = { chars: 5, mark: { cursor: 'event-17', chars: 5 } }

    await expect(readUnbroken(source, start)).rejects.toThrow('begun by another source')
  })

  it('is gone on with by another worker from any of its places', async () => {
    const model = await modelThat()
    const marks = await marksOf(sourceAt(model.url))

    expect(marks.length).toBeGreaterThan(tokens.length)
    for (const mark of marks) {
      for (const shown of [mark.chars, mark.chars + 3]) {
        const start = { chars: shown, mark, hash: hashText(EMPTY_HASH, text.slice(0, shown)) }
        expect((await readUnbroken(sourceAt(model.url), start)).text).toBe(text.slice(shown))
      }
    }
  }, 30_000)

  it('is cancelled by its place, also by somebody who never read it', async () => {
    const model = await modelThat({ speed: 1 })
    const { resumption } = sourceAt(model.url)
    const nobody = new AbortController()
    const source = sourceAt(model.url)
    const first = source({ turn: aTurn, history: [], signal: nobody.signal, reportUsage: () => {} })
    await first[Symbol.asyncIterator]().next()
    nobody.abort('over')

    if (resumption?.by !== 'cursor') throw new Error('it goes on by cursors')
    await resumption.cancel?.('resp_1:0:0', new AbortController().signal)

    expect(model.responses[0]?.cancelledAtMs).toBeDefined()
  })

  it('whose server shows all of it so far where it streams again is not shown twice', async () => {
    const snapshot = (seq: number, said: string) =>
      `data: ${JSON.stringify({ type: 'response.in_progress', sequence_number: seq, response: { id: 'resp_1', status: 'in_progress', output: [{ type: 'message', content: [{ type: 'output_text', text: said }] }] } })}\n\n`
    const delta = (seq: number, said: string) =>
      `data: ${JSON.stringify({ type: 'response.output_text.delta', sequence_number: seq, delta: said })}\n\n`
    const end = `data: ${JSON.stringify({ type: 'response.completed', sequence_number: 9, response: { id: 'resp_1', status: 'completed' } })}\n\n`
    const resumed = [
      snapshot(5, 'Tides come twice') + delta(6, ' a day.') + end,
      snapshot(3, 'Tides') + delta(4, ' come') + delta(5, ' twice a day.') + end,
      snapshot(5, '') + delta(6, ' twice a day.') + end,
    ]
    for (const body of resumed) {
      const server = createServer((request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        if (request.method === 'GET') return void response.end(body)
        const begun = snapshot(0, '') + delta(1, 'Tides') + delta(2, ' come')
        response.write(begun, () => setImmediate(() => response.destroy()))
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      closeLater({ close: () => server.close() })
      const { port } = fieldsOf(server.address())

      expect((await readUnbroken(sourceAt(`http://127.0.0.1:${port}`))).text).toBe(
        'Tides come twice a day.',
      )
    }
  })

  it('that cannot be had is tried again, and then another model is asked', async () => {
    const { url, asked } = closeLater(
      await serveInTurn([(_, response) => response.writeHead(529).end('{}')]),
    )

    const { detail } = await brokenOff(sourceAt(url, { OPENAI_FALLBACK_MODEL: 'other' }))

    expect(detail).toContain('answered 529')
    expect(asked.map(({ model }) => model)).toEqual(['m', 'm', 'm', 'm', 'other'])
  })

  it('of a server that keeps none is read as long as the connection lasts', async () => {
    const refusing = (_: unknown, response: ServerResponse) =>
      response.writeHead(400).end('{"error":{"message":"Unsupported parameter: background"}}')
    const { url, asked } = closeLater(
      await serveInTurn([
        refusing,
        (_, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          const begun =
            'data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}\n\n' +
            'data: {"type":"response.output_text.delta","sequence_number":1,"delta":"Half a"}\n\n'
          response.write(begun, () => setImmediate(() => response.destroy()))
        },
      ]),
    )

    await expect(readUnbroken(sourceAt(url))).rejects.toThrow('broke before the end')
    expect(asked.map(({ background }) => background)).toEqual([true, undefined])
  })
})
