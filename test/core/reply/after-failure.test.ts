import { describe, expect, it, test } from 'vitest'
import {
  afterFailure,
  ifItMakesSense,
  type Reaction,
} from '../../../lib/core/reply/after-failure.ts'
import { backoffMs } from '../../../lib/core/reply/pacing.ts'

const HALF = 0.5
const repeat = (tries: number, slower = false): Reaction => ({
  act: 'repeat',
  afterMs: backoffMs(tries, HALF),
  slower,
})

describe('a call that failed', () => {
  // biome-ignore lint/suspicious/noThenProperty: a word of the field, and never a function
  const tryAgain = { reason: 'tryAgain', code: 70_009, tries: 2, then: 'refused' } as const

  it('is made again as often as its error allows, each time later', () => {
    expect(afterFailure(tryAgain, 1, HALF)).toEqual(repeat(1))
    expect(afterFailure(tryAgain, 2, HALF)).toEqual(repeat(2))
  })

  it('ends the reply when that did not help, with the code and a sentence', () => {
    expect(afterFailure(tryAgain, 3, HALF)).toEqual({
      act: 'giveUp',
      failure: {
        reason: 'refused',
        code: 70_009,
        detail: 'the service kept answering with an error of its own',
      },
    })
  })

  it('makes its message shorter when that did not help and the error may mean a full message', () => {
    // biome-ignore lint/suspicious/noThenProperty: as above
    const mayBeFull = { ...tryAgain, then: 'messageFull' } as const

    expect(afterFailure(mayBeFull, 2, HALF)).toEqual(repeat(2))
    expect(afterFailure(mayBeFull, 3, HALF)).toEqual({ act: 'shrink' })
  })

  it('is made again for ever, and more slowly, while the service says "slow down"', () => {
    const slowDown = { reason: 'slowDown', code: 60_007 } as const

    expect(afterFailure(slowDown, 1, HALF)).toEqual(repeat(1, true))
    expect(afterFailure(slowDown, 4, HALF)).toEqual(repeat(4, true))
    expect(afterFailure(slowDown, 40, HALF)).toEqual(repeat(4, true))
  })

  it('is made again at its usual pace where nothing was sent', () => {
    expect(afterFailure({ reason: 'notSent', detail: 'no such host' }, 7, HALF)).toEqual(repeat(7))
  })

  it.each([
    [
      { reason: 'inDoubt', detail: 'no answer in time' },
      { act: 'settle', detail: 'no answer in time' },
    ],
    [{ reason: 'messageFull', code: 80_002 }, { act: 'shrink' }],
    [{ reason: 'messageLost', code: 90_054 }, { act: 'replaceLost' }],
    [
      { reason: 'refused', code: 10_004, detail: 'no' },
      { act: 'giveUp', failure: { reason: 'refused', code: 10_004, detail: 'no' } },
    ],
    [
      { reason: 'refused', code: 80_001, detail: 'no', moderated: true },
      {
        act: 'giveUp',
        failure: { reason: 'refused', code: 80_001, detail: 'no' },
        moderated: true,
      },
    ],
  ] as const)('after %o is followed by %o', (failure, reaction) => {
    expect(afterFailure(failure, 1, HALF)).toEqual(reaction)
  })
})

describe('an answer that makes no sense', () => {
  const call = { opensMessage: false, canShrink: false, failures: 1, lostMessages: 0 }
  const says = (what: string): Reaction => ({
    act: 'giveUp',
    failure: { reason: 'refused', detail: `The service says that ${what}.` },
  })

  it.each([repeat(1), { act: 'settle', detail: 'why' }, { act: 'closeFull' }] as const)(
    'is none of %o',
    (reaction) => {
      expect(ifItMakesSense(reaction, call, HALF)).toBe(reaction)
    },
  )

  test('a full message is cut shorter where it can be, else closed', () => {
    const shrink = { act: 'shrink' } as const

    expect(ifItMakesSense(shrink, { ...call, canShrink: true }, HALF)).toBe(shrink)
    const opens = { ...call, canShrink: true, opensMessage: true }
    expect(ifItMakesSense(shrink, opens, HALF)).toBe(shrink)
    expect(ifItMakesSense(shrink, call, HALF)).toEqual({ act: 'closeFull' })
  })

  test('a message that is full before it has one character is tried three times', () => {
    const at = (failures: number) =>
      ifItMakesSense({ act: 'shrink' }, { ...call, opensMessage: true, failures }, HALF)

    expect(at(3)).toEqual(repeat(3))
    expect(at(4)).toEqual(says('one character is too long for it'))
  })

  test('a message that is lost is replaced, three in a row at most', () => {
    const at = (lostMessages: number) =>
      ifItMakesSense({ act: 'replaceLost' }, { ...call, lostMessages }, HALF)

    expect(at(2)).toEqual({ act: 'replaceLost' })
    expect(at(3)).toEqual(says('it keeps losing the message'))
  })

  test('a message that is lost before it was there is tried three times', () => {
    const at = (failures: number) =>
      ifItMakesSense({ act: 'replaceLost' }, { ...call, opensMessage: true, failures }, HALF)

    expect(at(3)).toEqual(repeat(3))
    expect(at(4)).toEqual(says('there is no such message'))
  })
})
