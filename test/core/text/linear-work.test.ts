import { describe, expect, test } from 'vitest'
import { unsentMessage, withChunk } from '../../../lib/core/reply/message.ts'
import { MAX_MESSAGES, planChunk } from '../../../lib/core/reply/plan-chunk.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'
import { alignPieces } from '../../../lib/core/text/align-pieces.ts'
import {
  clusterBoundaryAt,
  firstClusterLength,
  lastClusterStart,
} from '../../../lib/core/text/graphemes.ts'
import { countSteps } from '../../support/counted-steps.ts'
import { hardScripts, hardText, inPiecesOf } from '../../support/texts.ts'

const BYTES = 262_144
const key = '1_2_3' as MsgKey

describe.each(hardScripts)('256 KiB of %s', (script) => {
  const text = hardText(script, BYTES)

  test.each([
    ['one piece', text.length],
    ['pieces of one character', 1],
    ['38,000 pieces', Math.ceil(text.length / 38_000)],
  ])('are aligned in steps that grow with the text, in %s', (_, chars) => {
    const pieces = inPiecesOf(text, chars)

    const { made, steps } = countSteps(() => alignPieces(pieces))

    expect(made.join('') === text).toBe(true)
    expect(steps.segmented).toBeLessThanOrEqual(4 * text.length)
    expect(steps.characters).toBeLessThanOrEqual(4 * text.length)
  })

  test('show the ends of a cluster in as many steps as a short text', () => {
    const middle = text.length >>> 1

    const { steps } = countSteps(() => [
      lastClusterStart(text),
      clusterBoundaryAt(text, middle),
      firstClusterLength(text),
    ])

    expect(steps.segmented).toBeLessThanOrEqual(400)
    // A row of flags is walked back to its first one.
    expect(steps.characters).toBeLessThanOrEqual(script === 'flags' ? 4 * text.length : 2_000)
  })

  test.each([
    ['known whole', text.length],
    ['of which 64 Ki characters are read ahead', 65_536],
  ])('are planned in steps that grow with the text, %s', (_, ahead) => {
    const { made, steps } = countSteps(() => planWhole(text, ahead))

    expect(made.taken === text.length || made.messages === MAX_MESSAGES).toBe(true)
    expect(steps.segmented / made.plans).toBeLessThanOrEqual(1_000)
    expect(steps.characters).toBeLessThanOrEqual(16 * text.length)
  })
})

/** Plans every chunk of a text, of which no more than `ahead` characters are at hand. */
const planWhole = (text: string, ahead: number) => {
  let message = unsentMessage()
  let taken = 0
  let messages = 1
  let plans = 0
  for (;;) {
    const pending = text.slice(taken, taken + ahead)
    const ended = taken + ahead >= text.length
    const lastMessage = messages === MAX_MESSAGES
    const plan = planChunk({
      message,
      pending,
      ended,
      holdBack: true,
      limitBytes: 11_264,
      lastMessage,
    })
    if (plan === undefined) throw new Error('there is text that may be sent')
    plans += 1
    taken += plan.taken
    if (plan.ends === 'reply') return { taken, messages, plans }
    message =
      plan.ends === 'message' ? unsentMessage(plan.reopen) : withChunk(message, plan.text, key)
    if (plan.ends === 'message') messages += 1
  }
}

test('a cluster that grows without end is sent as it grows', () => {
  const marks = '\u0301'.repeat(100)
  const draft = { message: unsentMessage(), limitBytes: 11_264, holdBack: true, lastMessage: false }

  const plan = planChunk({ ...draft, pending: `a${marks}`, ended: false })

  expect(plan?.text).toBe(`a${'\u0301'.repeat(100 - 64)}`)
})
