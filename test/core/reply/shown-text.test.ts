import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { streamMsg } from '../../../lib/adapters/tencent/stream-msg/way.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import { planChunk } from '../../../lib/core/reply/plan-chunk.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'
import { joinShown } from '../../../lib/core/reply/shown-text.ts'
import { chunkApplied, startWriting } from '../../../lib/core/reply/writing.ts'

/** The messages of a text, as a writer fills them. */
const messagesOf = (text: string, messageBytes: number): readonly string[] => {
  const messages: string[] = []
  let writing = startWriting(unsentProgress(0), { minGapMs: 0, messageBytes }, streamMsg)
  let open = ''
  for (let rest = text; !writing.closed; ) {
    const { message } = writing.progress
    const plan = planChunk({
      message,
      pending: rest,
      ended: true,
      holdBack: true,
      limitBytes: messageBytes,
      lastMessage: false,
    })
    if (plan === undefined) break
    open += plan.text
    writing = chunkApplied(writing, plan, `m${messages.length}` as MsgKey, 0)
    rest = rest.slice(plan.taken)
    if (plan.ends !== 'nothing') {
      messages.push(open)
      open = ''
    }
  }
  return messages
}

const unit = fc.constantFrom(
  'word ',
  'a',
  '. ',
  '\n\n',
  '\n',
  '```js\n',
  '\n```\n',
  '~~~\n',
  '中文',
  '👩‍🚀',
)
const anyText = fc
  .array(fc.tuple(unit, fc.integer({ min: 1, max: 120 })), {
    minLength: 1,
    maxLength: 40,
    size: 'max',
  })
  .map((parts) => parts.map(([text, times]) => text.repeat(times)).join(''))

describe('the text of messages that were filled one after another', () => {
  it('is as long as it was, and the same but for line breaks before a closed fence', () => {
    let several = 0
    fc.assert(
      fc.property(anyText, (text) => {
        const messages = messagesOf(text, 2_048)
        if (messages.length > 1) several += 1

        const joined = joinShown(messages, text.length)

        expect(joined?.length).toBe(text.length)
        expect(joined?.replaceAll('\n', '')).toBe(text.replaceAll('\n', ''))
      }),
      { numRuns: 300 },
    )
    expect(several).toBeGreaterThan(50)
  })

  it('is exactly the text where one fence was closed and reopened', () => {
    for (const end of ['', '\n']) {
      const before = `Look:\n\n\`\`\`js\n${'line();\n'.repeat(3)}last()${end}`
      const close = end === '' ? '\n```' : '```'
      const after = 'next()\n```\nDone.'

      const joined = joinShown([before + close, `\`\`\`js\n${after}`], (before + after).length)

      expect(joined).toBe(before + after)
    }
  })

  it('is not known where something else stands there', () => {
    expect(joinShown(['Hello.', ' A notice.'], 8)).toBeUndefined()
    expect(joinShown(['Hello'], 8)).toBeUndefined()
  })
})
