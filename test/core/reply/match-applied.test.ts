import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchApplied, textAfterKnown } from '../../../lib/core/reply/match-applied.ts'
import { unsentMessage, unsentProgress, withChunk } from '../../../lib/core/reply/message.ts'
import { type ChunkPlan, MAX_MESSAGES, planChunk } from '../../../lib/core/reply/plan-chunk.ts'
import type { MessageProgress, MsgKey } from '../../../lib/core/reply/reply.ts'
import { advanceFence, isInFenceLine, NO_FENCE } from '../../../lib/core/text/fence.ts'

const key = '1_2_3' as MsgKey

interface Call {
  /** The message before the call, and the text that was unsent then. */
  readonly message: MessageProgress
  readonly unsent: string
  readonly plan: ChunkPlan
  /** The message's chunks, this one included. */
  readonly shown: readonly string[]
}

/** Every call that a text takes. */
const callsOf = (text: string, limitBytes: number): readonly Call[] => {
  const calls: Call[] = []
  let message = unsentMessage()
  let unsent = text
  let shown: readonly string[] = []
  let messages = 1
  for (;;) {
    // As it arrives: some hundred characters at a time.
    const pending = unsent.slice(0, 700)
    const draft = { message, pending, ended: pending === unsent, limitBytes, holdBack: true }
    const plan = planChunk({ ...draft, lastMessage: messages === MAX_MESSAGES })
    if (plan === undefined) throw new Error('there is text that may be sent')
    shown = [...shown, plan.text]
    calls.push({ message, unsent, plan, shown })
    if (plan.ends === 'reply') return calls
    unsent = unsent.slice(plan.taken)
    message =
      plan.ends === 'message' ? unsentMessage(plan.reopen) : withChunk(message, plan.text, key)
    if (plan.ends === 'message') {
      messages += 1
      shown = []
    }
  }
}

/** What a successor makes of the message, where the answer of a call was lost. */
const readBack = ({ message, unsent, plan, shown }: Call) =>
  matchApplied({ ...unsentProgress(0), message }, unsent, {
    msgKey: key,
    chunks: shown,
    finished: plan.ends !== 'nothing',
  })

/** A line break behind which a fence was closed may be the text's own or the one added. */
const possibleEnds = ({ unsent, plan: { taken } }: Call): readonly number[] =>
  unsent[taken] === '\n' ? [taken, taken + 1] : [taken]

describe('a message that is read back after a call whose answer was lost', () => {
  test('shows how much of the text it carries, wherever the call cut it', () => {
    const unit = fc.constantFrom(
      ...[
        'word ',
        'a',
        '. ',
        '\n',
        '\n\n',
        '\n```js\n',
        '\n```\n',
        '`npm install` ',
        '\n`',
        '~ 20 ',
      ],
      ...['\n~~~\n', '``', '中', '。', '👩‍🚀', 'long'.repeat(40)],
    )
    const text = fc.array(fc.string({ unit, maxLength: 60 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(text, fc.constantFrom(1_100, 1_500, 11_264), (texts, limitBytes) => {
        fc.pre(texts.join('') !== '')
        for (const call of callsOf(texts.join(''), limitBytes)) {
          if (call.plan.truncated) continue
          const matched = readBack(call)

          expect(possibleEnds(call)).toContain(matched?.taken)
          expect(matched?.progress.message.reopen).toBe(call.plan.reopen)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('shows it also where the service called the message full and the chunk was halved, in a fence line or anywhere', () => {
    const unit = fc.constantFrom(
      'word ',
      '\n',
      '\n```js\n',
      '\n```\n',
      '\n~~~~ sh\n',
      '\n~~~~\n',
      '`',
    )
    const text = fc.array(fc.string({ unit, maxLength: 12 }), { minLength: 1, maxLength: 6 })
    let inFenceLine = 0
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 120 }), (texts, moreBytes) => {
        const unsent = `\`\`\`a-language\n${texts.join('')} and more of it`
        const message = withChunk(unsentMessage(), 'The answer.\n', key)
        const limitBytes = message.bytes + moreBytes
        const draft = { message, pending: unsent, ended: true, holdBack: true, lastMessage: false }
        const plan = planChunk({ ...draft, limitBytes })
        fc.pre(plan?.ends === 'message')
        if (plan === undefined) throw new Error('there is text that may be sent')

        const matched = readBack({ message, unsent, plan, shown: ['The answer.\n', plan.text] })

        // What stands there twice is a fence at most, since one that was added looks the same as one of the text.
        expect(matched?.taken).toBeLessThanOrEqual(plan.taken)
        expect(unsent.slice(matched?.taken, plan.taken)).toMatch(/^[\n`~]*$/)
        if (isInFenceLine(advanceFence(NO_FENCE, `The answer.\n${unsent.slice(0, plan.taken)}`)))
          inFenceLine += 1
      }),
      { numRuns: 2_000 },
    )
    expect(inFenceLine).toBeGreaterThan(50)
  })

  test('may end in a line that begins with inline code', () => {
    const line = `\`npm install\` puts ${'the packages into their folder and '.repeat(900)}`

    const calls = callsOf(line, 11_264)

    const rollovers = calls.filter(({ plan }) => plan.ends === 'message')
    expect(rollovers.length).toBeGreaterThan(1)
    for (const call of rollovers) {
      expect(call.plan.text.endsWith(' ')).toBe(true)
      expect(readBack(call)?.taken).toBe(call.plan.taken)
    }
  })
})

describe('a message of which the beginning is known', () => {
  const other = '4_5_6' as MsgKey
  const known = withChunk(unsentMessage(), 'One two ', key)
  const progress = { ...unsentProgress(0), msgKeys: [key], message: known, sentChars: 8 }
  const open = (...chunks: string[]) => ({ msgKey: key, chunks, finished: false })
  const finished = (...chunks: string[]) => ({ msgKey: key, chunks, finished: true })

  test('shows by how much it is further, and is known to go on from there', () => {
    const matched = matchApplied(progress, 'three four', open('One two ', 'three '))

    expect(matched).toMatchObject({ taken: 6, finished: false })
    expect(matched?.progress).toEqual({
      ...progress,
      sentChars: 14,
      message: withChunk(known, 'three ', key),
    })
  })

  test('is followed by a new one where it was finished', () => {
    const matched = matchApplied(progress, 'three four', finished('One two three '))

    expect(matched).toMatchObject({ taken: 6, finished: true })
    expect(matched?.progress.message).toEqual(unsentMessage())
    const whole = matchApplied(progress, 'three', finished('One two three'))
    expect(whole?.progress.message).toEqual(unsentMessage())
  })

  test('is a further one of the reply where that did not know it', () => {
    const matched = matchApplied({ ...progress, message: unsentMessage() }, 'three four', {
      ...open('three '),
      msgKey: other,
    })

    expect(matched?.progress.msgKeys).toEqual([key, other])
    expect(matched?.progress.sentChars).toBe(14)
  })

  test.each([
    ['ends before what is known', open('One')],
    ['begins with something else', open('Two one ', 'three ')],
    ['has the right length and another text', open('Uno dos ')],
    ['goes on with something else', open('One two ', 'drei ')],
    ['is finished with something else', finished('One two ', 'drei ')],
    ['goes on beyond the text', open('One two ', 'three four five')],
    ['is finished beyond the text', finished('One two ', 'three four five')],
  ])('is not recognised where it %s', (_, shown) => {
    expect(matchApplied(progress, 'three four', shown)).toBeUndefined()
  })

  test('is not recognised where not even the reopened fence stands in it', () => {
    const reopened = { ...progress, message: unsentMessage('```js\n') }
    const match = (...chunks: string[]) =>
      matchApplied(reopened, 'let a = 1', { ...open(...chunks), msgKey: other })

    expect(match('```')).toBeUndefined()
    expect(match('```js\n')?.taken).toBe(0)
    expect(match('```js\nlet')?.taken).toBe(3)
    expect(match('let')).toBeUndefined()
  })

  test('carries a fence that was closed for it, and no fence of the text itself', () => {
    const inCode = { ...unsentProgress(0), msgKeys: [key] }
    const text = 'Look:\n```js\nlet a = 1\nlet b = 2\n```\nDone.'
    const match = (shown: string) => matchApplied(inCode, text, finished(shown))

    expect(match('Look:\n```js\nlet a = 1\n```')?.progress.message.reopen).toBe('```js\n')
    expect(match('Look:\n```js\nlet a = 1\n```')?.taken).toBe(22)
    // The text's own fence is the whole of what stands there.
    expect(match(text)?.progress.message.reopen).toBe('')
    expect(match('Look:\n```js\nlet a = 1\n~~~')).toBeUndefined()
    expect(match('Look:\n```js\nlet a = 1')).toBeUndefined()
  })

  test('leaves of its text what stands behind that', () => {
    expect(textAfterKnown(known, 'One two ')).toBe('')
    expect(textAfterKnown(known, 'One two three')).toBe('three')
    expect(textAfterKnown(known, 'One two')).toBeUndefined()
    expect(textAfterKnown(known, 'one two three')).toBeUndefined()
  })
})
