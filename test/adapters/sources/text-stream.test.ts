import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serverEvents } from '../../../lib/adapters/sources/server-events.ts'
import { decodeUtf8, splitLines } from '../../../lib/adapters/sources/text-stream.ts'

const gather = async <T>(values: AsyncIterable<T>): Promise<readonly T[]> => {
  const gathered: T[] = []
  for await (const value of values) gathered.push(value)
  return gathered
}

/** The bytes of a text, cut at these places. */
const cutAt = (text: string, places: readonly number[]): readonly Uint8Array[] => {
  const bytes = Buffer.from(text)
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length]
  const sorted = cuts.toSorted((a, b) => a - b)
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

const texts = fc.string({ unit: 'binary', maxLength: 40 })
const lines = fc.array(
  texts.map((text) => text.replace(/[\r\n]/g, '')),
  { maxLength: 8 },
)
const places = fc.array(fc.nat(), { maxLength: 20 })
const lineEnds = fc.constantFrom('\n', '\r\n')

describe('decodeUtf8', () => {
  it('brings a text wherever its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(texts, places, async (text, cuts) => {
        // A byte order mark at the start is no text.
        fc.pre(!text.startsWith('\uFEFF'))
        const parts = await gather(decodeUtf8(cutAt(text, cuts)))

        expect(parts.join('')).toBe(text)
        expect(parts).not.toContain('')
      }),
    )
  })

  it('marks what is no UTF-8', async () => {
    expect(
      await gather(decodeUtf8([Uint8Array.of(0x61, 0xff), Uint8Array.of(0xe4, 0xb8)])),
    ).toEqual(['a\uFFFD', '\uFFFD'])
  })
})

describe('splitLines', () => {
  it('brings every line wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lineEnds, places, async (wanted, end, cuts) => {
        const text = `~${wanted.map((line) => line + end).join('')}`

        const got = await gather(splitLines(decodeUtf8(cutAt(text, cuts))))

        expect(got).toEqual(wanted.length === 0 ? ['~'] : wanted.with(0, `~${wanted[0]}`))
      }),
    )
  })

  it('takes a last line without its end, and refuses one without bound', async () => {
    const endless = Array(20).fill(Buffer.alloc(65_536, 'x'))

    expect(await gather(splitLines(decodeUtf8(['a\n', '', 'b'])))).toEqual(['a', 'b'])
    await expect(gather(splitLines(decodeUtf8(endless)))).rejects.toThrow('longer than 1 MiB')
  })
})

describe('serverEvents', () => {
  it('brings every event wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lineEnds, places, async (wanted, end, cuts) => {
        const text = wanted
          .map((line) => `: comment${end}data: ${JSON.stringify(line)}${end}${end}`)
          .join('')

        const got = await gather(serverEvents(decodeUtf8(cutAt(text, cuts))))

        expect(got.map(({ data }) => JSON.parse(data))).toEqual(wanted)
      }),
    )
  })

  it('takes a last event without the empty line after it', async () => {
    const got = await gather(serverEvents(decodeUtf8(['data: a\n\ndata: b'])))

    expect(got.map(({ data }) => data)).toEqual(['a', 'b'])
  })
})
