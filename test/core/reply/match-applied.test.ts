import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchApplied } from '../../../lib/core/reply/match-applied.ts'
import { unsentMessage, unsentProgress, withChunk } from '../../../lib/core/reply/message.ts'
import { type ChunkPlan, MAX_MESSAGES, planChunk } from '../../../lib/core/reply/plan-chunk.ts'
import type { MessageProgress, MsgKey } from '../../../lib/core/reply/reply.ts'

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
