import { describe, expect, test } from 'vitest'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import { type Fault, faultAt } from '../../local/simulator/faults.ts'
import { deliveryWorld, readTrace, type Token, TRACES, textOf } from '../support/delivery-world.ts'
import { refusals, survivableFaults } from '../support/faults.ts'
import { carries } from '../support/shown-text.ts'

const deliverWith = async (tokens: readonly Token[], fault: Fault, index: number) => {
  const world = deliveryWorld({ faults: faultAt('send_stream_msg', index, fault) })
  const receipt = await world.run(world.deliver(world.play(tokens)))
  const messages = world.shown()
  return {
    status: receipt.status,
    texts: messages.map(({ text }) => text),
    open: messages.filter(({ finished }) => !finished).length,
    violations: world.rules.violations,
  }
}

/** Tokens that come within one frame, as one: the same text with fewer events. */
const coarse = (tokens: readonly Token[], frameMs: number): readonly Token[] => {
  const frames = new Map<number, string>()
  for (const { t, text } of tokens) {
    const frame = Math.ceil(t / frameMs) * frameMs
    frames.set(frame, (frames.get(frame) ?? '') + text)
  }
  return Array.from(frames, ([t, text]) => ({ t, text }))
}

describe.each(TRACES)('%s', (trace) => {
  const tokens = trace === 'long-15k' ? coarse(readTrace(trace), 100) : readTrace(trace)
  const text = textOf(tokens)

  test('any single fault at any call leaves the text exact, the messages closed, and breaks no rule', async () => {
    const world = deliveryWorld()
    await world.run(world.deliver(world.play(tokens)))
    const calls = world.sends().length

    for (const fault of survivableFaults) {
      for (let index = 0; index < calls; index += 1) {
        const result = await deliverWith(tokens, fault, index)

        const where = `${JSON.stringify(fault)} at call ${index}`
        expect(result, where).toMatchObject({ status: 'finished', open: 0, violations: [] })
        expect(carries(result.texts, text), where).toBe(true)
      }
    }
  }, 300_000)

  test('a refusal at any call ends the reply and closes its message with the notice', async () => {
    const world = deliveryWorld()
    await world.run(world.deliver(world.play(tokens)))

    for (const fault of refusals) {
      for (const index of [0, 1, 5, world.sends().length - 1]) {
        const result = await deliverWith(tokens, fault, index)

        const where = `${JSON.stringify(fault)} at call ${index}`
        expect(result, where).toMatchObject({ status: 'failed', open: 0, violations: [] })
        for (const shown of result.texts.slice(-1)) expect(shown).toContain(DEFAULT_NOTICES.failed)
      }
    }
  })
})
