import type { RequestListener } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from '../../../lib/adapters/sources/openai.ts'
import type { SourceSettings } from '../../../lib/adapters/sources/source-parts.ts'
import { fieldsOf } from '../../../lib/core/json.ts'
import { type Repeats, saidBefore, tokensAfter } from '../../../local/model/continuation.ts'
import { traceOf } from '../../../local/model/events.ts'
import { eventText, storedResponse } from '../../../local/model/stored-response.ts'
import {
  closeLater,
  closeServers,
  contentEvent,
  deltaEvent,
  done,
  readKey,
} from '../../support/completions.ts'
import { serveOn } from '../../support/serve-on.ts'
import { aTurn, hastyClock, hear, partsOf } from '../../support/source-world.ts'
import { readUnbroken } from '../../support/unbroken.ts'

afterEach(closeServers)

const text =
  'Tides come twice a day 👩‍🚀, since two bulges of water 潮汐 stand under the Moon, one on either side of it.'
const tokens = traceOf(text)
/** `EVERY_BYTE=1` in the environment breaks streams at each byte; by default at as many as a test suite has time for. */
const EVERY_BYTE = process.env['EVERY_BYTE'] === '1'
const FINE = EVERY_BYTE ? 1 : 5
const COARSE = EVERY_BYTE ? 1 : 223
const ways = ['prefix', 'partial', 'continue_final_message', 'ask'] as const

const sourceAt = (url: string, settings: Partial<SourceSettings>) =>
  openai(partsOf({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'm', ...settings }, readKey, hastyClock))

interface ServerOptions {
  /** The first answer breaks after so many bytes. */
  readonly cutAt: number
  readonly repeats: Repeats
}

/** A server of chat completions that goes on with what it is given, and keeps what it was asked. */
const serve = async ({ cutAt, repeats }: ServerOptions) => {
  const asked: Readonly<Record<string, unknown>>[] = []
  const listener: RequestListener = async (request, response) => {
    const body = fieldsOf(await json(request))
    asked.push(body)
    const said = saidBefore(body)
    const rest = said === undefined ? tokens : tokensAfter(tokens, said, repeats)
    const bytes = Buffer.from(
      deltaEvent({ reasoning_content: 'I think.' }) +
        rest.map((token) => contentEvent(token.text)).join('') +
        deltaEvent({}, 'stop') +
        done,
    )
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (asked.length > 1) response.end(bytes)
    else response.write(bytes.subarray(0, cutAt), () => setImmediate(() => response.destroy()))
  }
  const { url } = closeLater(await serveOn(listener))
  return { url, asked }
}

/** As many bytes as the whole stream of the text has before its `finish_reason`. */
const streamBytes = Buffer.from(
  deltaEvent({ reasoning_content: 'I think.' }) +
    tokens.map((token) => contentEvent(token.text)).join(''),
).length

describe.each(ways)('an answer of a server that goes on by %s', (way) => {
  const repeating: readonly Repeats[] =
    way === 'ask' ? ['nothing', 'last-words'] : ['nothing', 'all', 'tail']

  it.each(repeating)(
    'and repeats %s is complete wherever its connection breaks',
    async (repeats) => {
      // Each byte of some events in the middle, inside of characters among them, and now and then before and after.
      const middle = Math.floor(streamBytes / 2)
      for (
        let cutAt = 1;
        cutAt < streamBytes;
        cutAt += Math.abs(cutAt - middle) < 60 ? FINE : COARSE
      ) {
        const { url } = await serve({ cutAt, repeats })

        const heard = await readUnbroken(sourceAt(url, { OPENAI_CONTINUE: way }))

        expect({ cutAt, text: heard.text }).toEqual({ cutAt, text })
        await closeServers()
      }
    },
    60_000,
  )
})

describe('the request that asks to go on', () => {
  const cutAt = Math.floor(streamBytes / 2)
  const begunOf = async (way: (typeof ways)[number]) => {
    const { url, asked } = await serve({ cutAt, repeats: 'nothing' })
    await readUnbroken(sourceAt(url, { OPENAI_CONTINUE: way }))
    const { messages, ...fields } = asked[1] ?? {}
    const all = Array.isArray(messages) ? messages.map(fieldsOf) : []
    expect(all[0]).toEqual({ role: 'user', content: aTurn.text })
    expect(text.startsWith(String(all[1]?.['content']))).toBe(true)
    return { begun: all[1], asking: all[2], fields }
  }

  it('names the beginning as a prefix', async () => {
    expect((await begunOf('prefix')).begun).toMatchObject({ role: 'assistant', prefix: true })
  })

  it('names the beginning as partial', async () => {
    expect((await begunOf('partial')).begun).toMatchObject({ role: 'assistant', partial: true })
  })

  it('says that the last message is to be continued, without a prompt of its own', async () => {
    const { begun, fields } = await begunOf('continue_final_message')

    expect(begun).toMatchObject({ role: 'assistant' })
    expect(fields).toMatchObject({ continue_final_message: true, add_generation_prompt: false })
  })

  it('asks in words', async () => {
    const { begun, asking } = await begunOf('ask')

    expect(begun).toMatchObject({ role: 'assistant' })
    expect(asking).toMatchObject({ role: 'user', content: expect.stringContaining('exactly') })
  })

  it('is not made where OPENAI_CONTINUE is off', async () => {
    const { url, asked } = await serve({ cutAt, repeats: 'nothing' })

    const heard = await hear(sourceAt(url, {}))

    expect(heard.how).toBe('source-failed')
    expect(asked).toHaveLength(1)
  })
})

describe('a response whose stream breaks', () => {
  it('at any byte is complete', async () => {
    const kept = storedResponse({
      id: 'resp_1',
      model: 'm',
      beganAtMs: 0,
      tokens: traceOf('Tides 潮汐 twice 👩‍🚀 a day.'),
      speed: Number.POSITIVE_INFINITY,
      reasoning: { pieces: 1, everyMs: 0 },
      ends: 'completed',
    })
    const events = kept.events.map((_, nth) => eventText(kept, nth, 10))
    const bytes = Buffer.from(events.join(''))
    const named = Buffer.from(events[0] ?? '').length
    for (
      let cutAt = EVERY_BYTE ? 1 : named - 1;
      cutAt < bytes.length;
      cutAt += EVERY_BYTE ? 1 : 31
    ) {
      const { url } = closeLater(
        await serveOn((request, response) => {
          const { searchParams } = new URL(request.url ?? '', 'http://model')
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          if (request.method === 'POST') {
            response.write(bytes.subarray(0, cutAt), () => setImmediate(() => response.destroy()))
          } else {
            const after = searchParams.get('starting_after')
            response.end(events.slice(after === null ? 0 : Number(after) + 1).join(''))
          }
        }),
      )
      const settings = { OPENAI_API: 'responses', OPENAI_FALLBACK_MODEL: 'm' } as const
      // Before the response has named itself it is asked for anew, which this server breaks off again and again.
      const heard = await readUnbroken(sourceAt(url, settings)).catch(() => undefined)

      const isNamed = cutAt >= named
      expect({ cutAt, text: heard?.text }).toEqual({
        cutAt,
        text: isNamed ? 'Tides 潮汐 twice 👩‍🚀 a day.' : undefined,
      })
      await closeServers()
    }
  }, 60_000)
})
