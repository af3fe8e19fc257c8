import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unsentMessage, withChunk } from '../../../lib/core/reply/message.ts'
import { MAX_MESSAGES, planChunk, TRUNCATION_MARK } from '../../../lib/core/reply/plan-chunk.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'
import { encodedBytes } from '../../../lib/core/text/encoded-size.ts'
import { wellFormed } from '../../../lib/core/text/well-formed.ts'

const key = '1_2_3' as MsgKey
const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

interface SentChunk {
  readonly text: string
  readonly taken: number
  readonly ends: 'nothing' | 'message' | 'reply'
}

/** Sends a text that arrives in `deltas`, planning after every `each`-th of them. */
const send = (deltas: readonly string[], each: number, limitBytes: number) => {
  const chunks: SentChunk[] = []
  const sizes: number[] = []
  let message = unsentMessage()
  let pending = ''
  let messages = 1

  const planAll = (ended: boolean): void => {
    const lastMessage = messages >= MAX_MESSAGES
    const plan = planChunk({ message, pending, ended, holdBack: true, limitBytes, lastMessage })
    if (plan !== undefined) {
      chunks.push(plan)
      pending = pending.slice(plan.taken)
      const next = withChunk(message, plan.text, key)
      sizes.push(next.bytes)
      message = plan.ends === 'nothing' ? next : unsentMessage(plan.reopen)
      if (plan.ends === 'message') messages += 1
      if (plan.ends !== 'reply') planAll(ended)
    }
  }
  for (const [i, delta] of deltas.entries()) {
    pending += delta
    if (i % each === each - 1) planAll(false)
  }
  if (chunks.at(-1)?.ends !== 'reply') planAll(true)
  return { chunks, sizes, messages }
}

/** The texts of the messages that chunks make. */
const messagesOf = (chunks: readonly SentChunk[]): string[] => {
  const messages = ['']
  for (const { text, ends } of chunks) {
    messages[messages.length - 1] += text
    if (ends === 'message') messages.push('')
  }
  return messages
}

const unit = fc.constantFrom(
  ...['word ', 'a', '. ', '\n', '\n\n', '\n```js\n', '\n```\n', '"\\', '中', '。', '👩‍🚀', '🇰🇷'],
)
const deltas = fc.array(fc.string({ unit, maxLength: 40 }), { minLength: 1, maxLength: 60 })
const limit = fc.constantFrom(1_100, 1_500, 2_500, 11_264)

describe('planChunk', () => {
  test('joined chunks equal joined deltas, but for fences around a rollover', () => {
    fc.assert(
      fc.property(deltas, fc.integer({ min: 1, max: 9 }), limit, (texts, each, limitBytes) => {
        const text = wellFormed(texts.join(''))
        fc.pre(text !== '')

        const { chunks, messages } = send(texts, each, limitBytes)

        let at = 0
        for (const chunk of chunks) {
          expect(chunk.text).toContain(text.slice(at, at + chunk.taken))
          at += chunk.taken
        }
        if (messages < MAX_MESSAGES) expect(at).toBe(text.length)
        if (messages === 1) expect(chunks.map((chunk) => chunk.text).join('')).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  test('no chunk is empty, cuts a cluster or passes the size of a message; the last one ends the reply', () => {
    fc.assert(
      fc.property(deltas, fc.integer({ min: 1, max: 9 }), limit, (texts, each, limitBytes) => {
        const text = texts.join('')
        fc.pre(text !== '')
        const boundaries = new Set([...segmenter.segment(text)].map(({ index }) => index))
        boundaries.add(text.length)

        const { chunks, sizes } = send(texts, each, limitBytes)

        let at = 0
        for (const chunk of chunks) {
          expect(chunk.text).not.toBe('')
          at += chunk.taken
          expect(boundaries.has(at)).toBe(true)
        }
        expect(Math.max(...sizes)).toBeLessThanOrEqual(limitBytes)
        expect(chunks.map(({ ends }) => ends).indexOf('reply')).toBe(chunks.length - 1)
      }),
      { numRuns: 500 },
    )
  })

  test('every message of a rollover has its fences in pairs', () => {
    const code = Array.from({ length: 120 }, (_, i) => `const line${i} = "${'x'.repeat(20)}"\n`)
    const text = `Here:\n\n\`\`\`ts\n${code.join('')}\`\`\`\n\nThat is all.`

    const { chunks } = send(text.match(/.{1,7}/gs) ?? [], 3, 1_500)

    const messages = messagesOf(chunks)
    expect(messages.length).toBeGreaterThan(3)
    for (const message of messages) expect((message.match(/^```/gm) ?? []).length % 2).toBe(0)
    expect(messages[1]).toMatch(/^```ts\nconst line\d+ =/)
    const joined = messages
      .join('')
      .replaceAll('```\n```ts\n', '')
      .replaceAll('```' + '```ts\n', '')
    expect(joined).toBe(text)
  })

  test('a message ends at a paragraph rather than at a line, at a line rather than at a word', () => {
    const sentence = 'Some words in a sentence. '
    const paragraphs = `${sentence.repeat(9).trim()}\n\n`.repeat(12)
    const lines = `${sentence.repeat(9).trim()}\n`.repeat(12)

    const byParagraph = messagesOf(send([paragraphs], 1, 2_000).chunks)
    const byLine = messagesOf(send([lines], 1, 2_000).chunks)
    const byWord = messagesOf(send(['word '.repeat(600)], 1, 2_000).chunks)

    expect(byParagraph.slice(0, -1).every((message) => message.endsWith('\n\n'))).toBe(true)
    expect(byLine.slice(0, -1).every((message) => message.endsWith('.\n'))).toBe(true)
    expect(byWord.slice(0, -1).every((message) => message.endsWith('word '))).toBe(true)
  })

  test('a text for more than twenty messages ends with one visible mark', () => {
    const { chunks, messages } = send(['word '.repeat(10_000)], 1, 1_500)

    expect(messages).toBe(MAX_MESSAGES)
    expect(chunks.at(-1)?.text.endsWith(TRUNCATION_MARK)).toBe(true)
    expect(chunks.filter(({ text }) => text.includes(TRUNCATION_MARK))).toHaveLength(1)
  })

  test('a cluster as large as a message is cut between characters, not waited for', () => {
    const zalgo = `a${'\u0301'.repeat(3_000)}`

    const { chunks } = send([zalgo, 'b'], 1, 2_000)

    expect(chunks.map(({ text }) => text).join('')).toBe(`${zalgo}b`)
    expect(chunks.every(({ text }) => encodedBytes(text) <= 2_000)).toBe(true)
  })

  test('one cluster alone is held back until the end comes', () => {
    const draft = {
      message: unsentMessage(),
      limitBytes: 11_264,
      holdBack: true,
      lastMessage: false,
    }

    expect(planChunk({ ...draft, pending: '👩', ended: false })).toBeUndefined()
    expect(planChunk({ ...draft, pending: '👩', ended: true })?.text).toBe('👩')
    expect(planChunk({ ...draft, pending: 'ab', ended: false })?.text).toBe('a')
  })

  describe('a plan', () => {
    const draft = {
      message: unsentMessage(),
      limitBytes: 2_000,
      holdBack: false,
      lastMessage: false,
      ended: false,
    }
    const plan = (changes: Partial<Parameters<typeof planChunk>[0]>) =>
      planChunk({ ...draft, pending: 'Hello ', ...changes })
    const long = 'word '.repeat(1_000)

    test('ends nothing while more follows, and the reply where nothing does', () => {
      expect(plan({})).toEqual({
        text: 'Hello ',
        taken: 6,
        ends: 'nothing',
        reopen: '',
        truncated: false,
      })
      expect(plan({ ended: true })?.ends).toBe('reply')
    })

    test('puts the fence first that the message before it left open', () => {
      const message = unsentMessage('```js\n')

      expect(plan({ message })).toMatchObject({ text: '```js\nHello ', taken: 6, reopen: '' })
      const full = plan({ message, pending: long })
      expect(full?.text.startsWith('```js\n')).toBe(true)
      expect(full?.text.endsWith('\n```')).toBe(true)
      expect(full).toMatchObject({ ends: 'message', reopen: '```js\n', truncated: false })
      expect(encodedBytes(full?.text ?? '')).toBeLessThanOrEqual(2_000)
    })

    test('closes an open fence before the mark that ends a reply for want of messages', () => {
      const message = unsentMessage('```js\n')

      const last = plan({ message, pending: long, lastMessage: true })

      expect(last?.text.endsWith(`\n\`\`\`${TRUNCATION_MARK}`)).toBe(true)
      expect(last).toMatchObject({ ends: 'reply', reopen: '', truncated: true })
    })

    test('leaves room in a message that goes on for the notice that may have to close it', () => {
      const room = (pending: string) => plan({ pending, lastMessage: true })

      const [fits, full] = [room('x'.repeat(1_300)), room('x'.repeat(1_500))]
      expect(fits?.ends).toBe('nothing')
      expect(full?.ends).toBe('reply')
      expect(full?.truncated).toBe(true)
      expect(plan({ pending: 'x'.repeat(1_500), ended: true })?.ends).toBe('reply')
    })

    test('of a text that is far too long is that of its beginning', () => {
      const whole = plan({ pending: long.repeat(50), ended: true })

      expect(whole).toEqual(plan({ pending: long, ended: true }))
      expect(whole?.ends).toBe('message')
    })

    test('takes one character at least, however little room there is', () => {
      const message = withChunk(unsentMessage(), 'x'.repeat(1_860), key)

      expect(plan({ message, pending: '👩👩' })).toMatchObject({ ends: 'message', taken: 2 })
      expect(plan({ message, pending: 'ab' })).toMatchObject({ ends: 'message', taken: 1 })
    })
  })
})
