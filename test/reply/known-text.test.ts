import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lastSentPiece } from '../../lib/core/text/align-pieces.ts'
import { wellFormed } from '../../lib/core/text/well-formed.ts'
import { type KnownText, knownDeltas } from '../../lib/reply/known-text.ts'
import { streamedText } from '../../lib/reply/streamed-text.ts'
import { virtualClock } from '../support/virtual-clock.ts'

interface Delta {
  readonly atMs: number
  readonly text: string
}

const whole = (changes: Partial<KnownText> & Pick<KnownText, 'pieces'>): KnownText => ({
  piecewise: false,
  fromChars: 0,
  ...changes,
})

/** Every delta and its time, in virtual time; `stopAtMs` aborts the reading. */
const play = async (text: KnownText, stopAtMs?: number) => {
  const clock = virtualClock(0)
  const stop = new AbortController()
  if (stopAtMs !== undefined) void clock.sleep(stopAtMs).then(() => stop.abort())
  const deltas: Delta[] = []
  const read = async (): Promise<void> => {
    for await (const delta of knownDeltas(text, clock, stop.signal)) {
      deltas.push({ atMs: clock.now(), text: delta })
    }
  }
  await clock.run(read())
  return { deltas, endedAtMs: clock.now(), joined: deltas.map((delta) => delta.text).join('') }
}

const unit = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.constantFrom('👨‍👩‍👧', '🇩🇪', 'e\u0301', '\r\n', '👋🏽') },
  { weight: 1, arbitrary: fc.constantFrom('\ud83d', '\udc4b', '\u200d', '\u0301', '') },
)
const anyPieces = fc.array(unit, { maxLength: 12 })
const anyRate = fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined })

describe('knownDeltas', () => {
  it('gives a text at once where no rate is asked for', async () => {
    const { deltas } = await play(whole({ pieces: ['Hello ', 'there'] }))

    expect(deltas).toEqual([{ atMs: 0, text: 'Hello there' }])
  })

  it('gives each piece by itself, and moves an end that cuts a character to its start', async () => {
    const { deltas } = await play(
      whole({ pieces: ['a\ud83d', '\udc4bb', '', 'c\r', '\n'], piecewise: true }),
    )

    expect(deltas.map(({ text }) => text)).toEqual(['a', '👋b', 'c', '\r\n'])
  })

  it('lets a text grow every 50 ms at its rate', async () => {
    const { deltas } = await play(whole({ pieces: ['abcdefghijklmnop'], charsPerSecond: 60 }))

    expect(deltas).toMatchInlineSnapshot(`
      [
        {
          "atMs": 0,
          "text": "abc",
        },
        {
          "atMs": 50,
          "text": "def",
        },
        {
          "atMs": 100,
          "text": "ghi",
        },
        {
          "atMs": 150,
          "text": "jkl",
        },
        {
          "atMs": 200,
          "text": "mno",
        },
        {
          "atMs": 250,
          "text": "p",
        },
      ]
    `)
  })

  it('gives a slow text one character at a time', async () => {
    const { deltas } = await play(whole({ pieces: ['abc'], charsPerSecond: 2 }))

    expect(deltas.map(({ atMs, text }) => `${text} at ${atMs}`)).toEqual([
      'a at 0',
      'b at 500',
      'c at 1000',
    ])
  })

  it('gives each piece when those before it have had their time', async () => {
    const { deltas } = await play(
      whole({ pieces: ['four', 'sixsix', 'x'], piecewise: true, charsPerSecond: 10 }),
    )

    expect(deltas.map(({ atMs, text }) => `${text} at ${atMs}`)).toEqual([
      'four at 0',
      'sixsix at 400',
      'x at 1000',
    ])
  })

  it('is never more than a tick and a character ahead of its rate, nor behind it', async () => {
    const text = fc.string({ minLength: 1, maxLength: 400 })
    const rate = fc.integer({ min: 1, max: 10_000 })

    await fc.assert(
      fc.asyncProperty(text, rate, async (given, charsPerSecond) => {
        const { deltas } = await play(whole({ pieces: [given], charsPerSecond }))

        let chars = 0
        for (const { atMs, text: delta } of deltas) {
          expect(chars).toBeLessThanOrEqual(((atMs + 50) / 1_000) * charsPerSecond)
          chars += delta.length
          expect(chars).toBeLessThan(((atMs + 50) / 1_000) * charsPerSecond + 1)
          expect(chars).toBeGreaterThanOrEqual(
            Math.min(given.length, (atMs / 1_000) * charsPerSecond),
          )
        }
        expect(chars).toBe(given.length)
      }),
      { numRuns: 200 },
    )
  })

  it('gives the whole text, well-formed, from wherever it goes on', async () => {
    const anyShare = fc.double({ min: 0, max: 1, noNaN: true })

    await fc.assert(
      fc.asyncProperty(
        anyPieces,
        fc.boolean(),
        anyRate,
        anyShare,
        async (pieces, piecewise, charsPerSecond, share) => {
          const text = wellFormed(pieces.join(''))
          const fromChars = Math.round(share * text.length)
          const rate = charsPerSecond === undefined ? {} : { charsPerSecond }

          const { deltas, joined } = await play(whole({ pieces, piecewise, fromChars, ...rate }))

          expect(joined).toBe(text.slice(fromChars))
          if (piecewise) expect(deltas.map((delta) => delta.text)).not.toContain('')
        },
      ),
      { numRuns: 300 },
    )
  })

  it('goes on after each piece with the piece after it', async () => {
    await fc.assert(
      fc.asyncProperty(anyPieces, async (pieces) => {
        const { deltas } = await play(whole({ pieces, piecewise: true }))

        let fromChars = 0
        for (const [index, { text }] of deltas.entries()) {
          fromChars += text.length
          const { deltas: rest } = await play(whole({ pieces, piecewise: true, fromChars }))
          expect(rest).toEqual(deltas.slice(index + 1))
        }
        expect(lastSentPiece(pieces)(fromChars)).toBe(pieces.length - 1)
      }),
      { numRuns: 50 },
    )
  })

  it('ends early when nobody reads any more', async () => {
    const pieces = ['0123456789'.repeat(10)]

    const typed = await play(whole({ pieces, charsPerSecond: 10 }), 2_000)
    const piece = await play(
      whole({ pieces: [...pieces, 'last'], piecewise: true, charsPerSecond: 10 }),
      2_000,
    )

    expect(typed.endedAtMs).toBe(2_000)
    expect(typed.joined.length).toBeLessThan(25)
    expect(piece.endedAtMs).toBe(2_000)
    expect(piece.joined).toBe(pieces[0])
  })

  it('leaves characters whole for a reader that merges', async () => {
    const clock = virtualClock(0)
    const text = '👋👩‍🚀'.repeat(20)
    const pending: string[] = []
    const deltas = knownDeltas(
      whole({ pieces: [text], charsPerSecond: 60 }),
      clock,
      new AbortController().signal,
    )
    if (!(Symbol.asyncIterator in deltas)) throw new Error('text at a rate comes as deltas')
    const look = () => void pending.push(read.pending())
    const read = streamedText(deltas, { ring: look, ringForText: look }, true)
    const ended = async (): Promise<void> => {
      while (!read.ended()) await clock.sleep(50)
    }

    await clock.run(ended())

    expect(pending.at(-1)).toBe(text)
    expect(pending.filter((part) => part !== wellFormed(part))).toEqual([])
  })
})
