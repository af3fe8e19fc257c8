import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { replySources } from '../../lib/adapters/sources/index.ts'
import { textOfDelta } from '../../lib/core/conversation/source-delta.ts'
import { MAX_MESSAGES, TRUNCATION_MARK } from '../../lib/core/reply/plan-chunk.ts'
import { deliveryWorld, settings } from '../support/delivery-world.ts'
import { serveOn } from '../support/serve-on.ts'
import { ask, aTurn, brokenOff, partsOf } from '../support/source-world.ts'

const endings: (() => void)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

const readSecret = async () => 'whsec_c2VjcmV0LW9mLXRoZS1zb3VyY2U='
const MEBIBYTE = 1_048_576

/** A server that writes the same part again and again until nobody takes it; counts what it could get rid of. */
const startEndless = async (contentType: string, part: string) => {
  let bytes = 0
  const write = (response: ServerResponse): void => {
    while (!response.destroyed && response.write(part)) bytes += part.length
    bytes += part.length
  }
  const server = await serveOn((_, response) => {
    response.writeHead(200, { 'content-type': contentType })
    response.on('drain', () => write(response))
    write(response)
  })
  endings.push(server.close)
  return { url: server.url, bytes: () => bytes }
}

const sourceAt = {
  openai: (url: string) =>
    replySources.openai(partsOf({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'm' }, readSecret)),
  http: (url: string) => replySources.http(partsOf({ REPLY_SOURCE_URL: url }, readSecret)),
}

describe('an answer without end', () => {
  const filler = 'x'.repeat(16_384)

  it.each([
    ['a line', 'http', 'application/x-ndjson', filler],
    ['an event', 'http', 'text/event-stream', filler],
    ['an event of many lines', 'http', 'text/event-stream', `data: ${filler}\n`],
    ['an event', 'openai', 'text/event-stream', filler],
    ['a comment after the other', 'openai', 'text/event-stream', `: ${filler}\n\n`],
  ] as const)('is given up after 1 MiB where it is %s of %s', async (_name, source, type, part) => {
    const server = await startEndless(type, part)

    const { detail, text } = await brokenOff(sourceAt[source](server.url))

    expect(detail).toMatch(/is longer than 1 MiB/)
    expect(text).toBe('')
    // Beside what was read, the sockets between hold some.
    expect(server.bytes()).toBeLessThan(17 * MEBIBYTE)
  })

  it('is let go of as soon as nobody reads on', async () => {
    const server = await startEndless('text/plain', filler)
    let read = 0

    for await (const delta of sourceAt.http(server.url)({
      turn: aTurn,
      history: [],
      signal: new AbortController().signal,
      reportUsage: () => {},
    })) {
      read += textOfDelta(delta).length
      if (read > MEBIBYTE) break
    }

    expect(server.bytes()).toBeLessThan(17 * MEBIBYTE)
  })

  it('that is compressed is not unpacked', async () => {
    const packed = gzipSync('x'.repeat(16 * MEBIBYTE))
    const server = await serveOn((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })
      response.end(packed)
    })
    endings.push(server.close)

    const { text } = await ask(sourceAt.http(server.url))

    expect(text.length).toBeLessThanOrEqual(packed.length)
  })
})

describe('a reply whose source never ends', () => {
  it('is closed in its twentieth message, and no more is read than that and a little', async () => {
    const world = deliveryWorld()
    let given = 0
    let returned = false
    const endless = async function* () {
      try {
        for (;;) {
          await world.clock.sleep(1)
          given += 8_192
          yield `${'word '.repeat(1_638)}ab`
        }
      } finally {
        returned = true
      }
    }

    const receipt = await world.run(world.deliver(endless()))
    await world.run(world.clock.sleep(1))

    expect(world.shown().map(({ finished }) => finished)).toEqual(Array(MAX_MESSAGES).fill(true))
    expect(world.text().endsWith(TRUNCATION_MARK)).toBe(true)
    expect(receipt).toMatchObject({ status: 'failed', failure: { reason: 'too-long' } })
    expect(returned).toBe(true)
    expect(given).toBeLessThan(MAX_MESSAGES * settings.messageBytes + 65_536 + 2 * 8_192)
    expect(world.rules.violations).toEqual([])
  })
})
