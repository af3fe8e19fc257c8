import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_HISTORY_BYTES,
  newestTurns,
  withTurn,
} from '../../../lib/core/conversation/bounded-history.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'

const turn = (name: string, asked: string, answered: string) => ({
  replyId: name as ReplyId,
  asked,
  answered,
})
const bytesOf = (text: string): number => Buffer.byteLength(text)
const textBytes = (turns: readonly { readonly asked: string; readonly answered: string }[]) =>
  turns.reduce((bytes, { asked, answered }) => bytes + bytesOf(asked) + bytesOf(answered), 0)

const text = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom(1, 100, 1_000, 5_000))
  .map(([some, times]) => some.repeat(times))
const newTurns = fc.uniqueArray(fc.tuple(fc.uuid(), text, text), {
  selector: ([name]) => name,
  maxLength: 12,
})

describe('a bounded history', () => {
  it('holds the newest turns, no more of them and no more text than it may', () => {
    fc.assert(
      fc.property(newTurns, fc.integer({ min: 1, max: 6 }), (given, maxTurns) => {
        let turns: ReturnType<typeof newestTurns> = []
        for (const [name, asked, answered] of given) {
          turns = withTurn(turns, turn(name, asked, answered), maxTurns) ?? []

          expect(turns.length).toBeLessThanOrEqual(maxTurns)
          expect(textBytes(turns)).toBeLessThanOrEqual(MAX_HISTORY_BYTES)
          expect(turns.at(-1)?.replyId).toBe(name)
        }
        const names = given.map(([name]) => name)
        expect(turns.map(({ replyId }) => replyId)).toEqual(
          turns.length === 0 ? [] : names.slice(-turns.length),
        )
      }),
    )
  })

  it('drops nothing that still fits', () => {
    const half = 'x'.repeat(MAX_HISTORY_BYTES / 2)
    const first = turn('1', half, '')

    expect(withTurn([first], turn('2', '', half), 2)).toEqual([first, turn('2', '', half)])
    expect(withTurn([first], turn('2', 'x', half), 2)).toEqual([turn('2', 'x', half)])
  })

  it('does not take a turn twice', () => {
    expect(withTurn([turn('1', 'a', 'b')], turn('1', 'c', 'd'), 5)).toBeUndefined()
  })

  it('is empty where no turn is wanted', () => {
    expect(withTurn([], turn('1', 'a', 'b'), 0)).toEqual([])
    expect(newestTurns([turn('1', 'a', 'b')], 0)).toEqual([])
  })
})

describe('a turn that is longer than all of a history', () => {
  const kept = (asked: string, answered: string) =>
    withTurn([], turn('1', asked, answered), 5)?.[0] ?? turn('', '', '')

  it('keeps all of a short question and the end of the answer', () => {
    const { asked, answered } = kept('why?', `${'x'.repeat(40_000)}the end`)

    expect(asked).toBe('why?')
    expect(answered).toMatch(/^x+the end$/)
    expect(bytesOf(answered)).toBe(MAX_HISTORY_BYTES - 4)
  })

  it('keeps all of a short answer and the end of the question', () => {
    const { asked, answered } = kept(`${'x'.repeat(40_000)}why?`, 'so')

    expect(asked).toMatch(/^x+why\?$/)
    expect(bytesOf(asked)).toBe(MAX_HISTORY_BYTES - 2)
    expect(answered).toBe('so')
  })

  it('keeps the ends of both where both are long, each a half', () => {
    const { asked, answered } = kept('q'.repeat(40_000), 'a'.repeat(40_000))

    expect([asked.length, answered.length]).toEqual([MAX_HISTORY_BYTES / 2, MAX_HISTORY_BYTES / 2])
  })

  it('is cut between characters only', () => {
    const smiles = fc.constantFrom('é', '你', '👋').map((one) => one.repeat(40_000))

    fc.assert(
      fc.property(smiles, smiles, fc.nat(3), (question, answer, shift) => {
        const { asked, answered } = kept(question, `${answer}${'x'.repeat(shift)}`)

        expect(question.endsWith(asked)).toBe(true)
        expect(`${answer}xxx`.includes(answered)).toBe(true)
        expect(asked + answered).not.toMatch(/\p{Surrogate}|\uFFFD/u)
        expect(bytesOf(asked) + bytesOf(answered)).toBeGreaterThan(MAX_HISTORY_BYTES - 8)
      }),
      { numRuns: 20 },
    )
  })
})
