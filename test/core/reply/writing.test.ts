import { describe, expect, it } from 'vitest'
import { streamMsg } from '../../../lib/adapters/tencent/stream-msg/way.ts'
import { keptBack } from '../../../lib/core/reply/keep-markdown.ts'
import { unsentMessage, unsentProgress, withChunk } from '../../../lib/core/reply/message.ts'
import type { InHand } from '../../../lib/core/reply/move.ts'
import { type ChunkPlan, MAX_MESSAGES } from '../../../lib/core/reply/plan-chunk.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'
import * as step from '../../../lib/core/reply/writing.ts'
import { chunkBytes } from '../../../lib/core/text/encoded-size.ts'

const KEY = '1_2_3' as MsgKey
const T = 1_000_000
const usual = { minGapMs: 200, messageBytes: 4_096 }
const start = () => step.startWriting(unsentProgress(T), usual, streamMsg)
const inHand = (pending: string, ended = false) => ({ pending, ended, holdBack: true })
const planOf = (changes: Partial<ChunkPlan> = {}): ChunkPlan => ({
  text: 'Hello ',
  taken: 6,
  ends: 'nothing',
  reopen: '',
  truncated: false,
  ...changes,
})
/** A message with one chunk in it, applied at `T`. */
const begun = () => step.chunkApplied(step.callStarted(start(), T), planOf(), KEY, T + 40)

describe('a reply that begins', () => {
  it('calls as soon as there is text beside the last cluster', () => {
    expect(step.nextMove(start(), inHand('Hi'), T)).toMatchObject({
      act: 'call',
      plan: { text: 'H', ends: 'nothing' },
    })
  })

  it('is idle while there is no such text, and ends with a notice where none ever comes', () => {
    expect(step.nextMove(start(), inHand('H'), T)).toEqual({ act: 'idle' })
    expect(step.nextMove(start(), inHand('', true), T)).toEqual({ act: 'noText' })
  })

  it('knows no earlier call, and one that is taken up does', () => {
    const taken = { ...unsentProgress(T), calls: 1 }

    expect(start()).not.toHaveProperty('lastStartMs')
    const again = step.startWriting(taken, usual, streamMsg)
    expect(again.lastStartMs).toBe(T)
    expect(step.nextMove(again, inHand('Hi'), T + 50)).toEqual({ act: 'wait', ms: 150 })
  })
})

describe('a reply that nothing ends early', () => {
  it('will be finished', () => {
    expect(start()).toMatchObject({ ending: { status: 'finished' }, closed: false })
  })
})

describe('a reply on its way', () => {
  it('waits for its gap from the start of the last call, and no longer', () => {
    expect(step.nextMove(begun(), inHand('you'), T + 199)).toEqual({ act: 'wait', ms: 1 })
    expect(step.nextMove(begun(), inHand('you'), T + 200).act).toBe('call')
  })

  it('waits for no gap with its last chunk, but for a back-off', () => {
    expect(step.nextMove(begun(), inHand('you', true), T + 50)).toMatchObject({
      act: 'call',
      plan: { text: 'you', ends: 'reply' },
    })
    const later = step.repeatLater(begun(), T + 500, false)
    expect(step.nextMove(later, inHand('you', true), T + 50)).toEqual({ act: 'wait', ms: 450 })
    expect(step.nextMove(step.atOnce(later), inHand('you', true), T + 50).act).toBe('call')
  })

  it('is out of reach once nothing was taken for two minutes', () => {
    const failing = step.callFailed(step.callFailed(begun(), T), T + 60_000)

    expect(failing.failures).toBe(2)
    expect(step.nextMove(failing, inHand('you'), T + 119_999).act).toBe('call')
    expect(step.nextMove(failing, inHand('you'), T + 120_000)).toEqual({ act: 'unreachable' })
  })

  it('ends when its last chunk was taken, whatever else is in hand', () => {
    const closed = step.chunkApplied(begun(), planOf({ ends: 'reply' }), KEY, T + 300)

    expect(closed.closed).toBe(true)
    expect(step.nextMove(closed, inHand('more'), T + 900)).toEqual({ act: 'end' })
  })

  it('needs no notice where its text ends with a message that is closed already', () => {
    const between = step.chunkApplied(begun(), planOf({ ends: 'message' }), KEY, T + 300)

    expect(between.closed).toBe(false)
    expect(step.nextMove(between, inHand('', true), T + 900)).toEqual({ act: 'end' })
    expect(step.nextMove(begun(), inHand('', true), T + 900)).toEqual({ act: 'noText' })
  })

  it('says in its last message that there is more, and opens none beyond that', () => {
    const settings = { minGapMs: 0, messageBytes: 2_048 }
    const withMessages = (count: number, open: boolean) =>
      step.startWriting(
        {
          ...unsentProgress(T),
          msgKeys: Array.from({ length: count }, (_, n) => `${n}_0_0` as MsgKey),
          message: open ? withChunk(unsentMessage(), 'a', KEY) : unsentMessage(),
        },
        settings,
        streamMsg,
      )
    const move = (count: number, open: boolean) =>
      step.nextMove(withMessages(count, open), inHand('word '.repeat(2_000)), T)

    expect(move(MAX_MESSAGES - 1, false)).toMatchObject({ plan: { truncated: true } })
    expect(move(MAX_MESSAGES - 2, false)).toMatchObject({ plan: { truncated: false } })
    expect(move(MAX_MESSAGES, true)).toMatchObject({ plan: { truncated: true } })
    expect(move(MAX_MESSAGES - 1, true)).toMatchObject({ plan: { truncated: false } })
  })
})

describe('a call that starts', () => {
  it('is counted, and as a repetition where the last one failed', () => {
    const first = step.callStarted(start(), T + 5)
    const second = step.callStarted(step.callFailed(first, T + 10), T + 20)

    expect(first).toMatchObject({ lastStartMs: T + 5, progress: { calls: 1, retries: 0 } })
    expect(first.progress.lastCallAtMs).toBe(T + 5)
    expect(second).toMatchObject({ lastStartMs: T + 20, progress: { calls: 2, retries: 1 } })
  })
})

describe('a chunk that was applied', () => {
  it('is part of its message, and of what was shown first and last', () => {
    const next = step.chunkApplied(begun(), planOf({ text: 'you', taken: 3 }), KEY, T + 300)

    expect(next.progress).toMatchObject({
      msgKeys: [KEY],
      sentChars: 9,
      firstTextAtMs: T + 40,
      lastTextAtMs: T + 300,
      truncated: false,
      message: { msgKey: KEY, chars: 9 },
    })
  })

  it('makes what failed before it forgotten', () => {
    const failing = step.repeatLater(step.callFailed(begun(), T), T + 9_000, true)
    const abandoned = step.abandonMessage(failing)
    const next = step.chunkApplied(abandoned, planOf(), KEY, T + 300)

    expect(next).toMatchObject({ failures: 0, lostMessages: 0, retryAtMs: 0 })
    expect(next).not.toHaveProperty('failingSinceMs')
    expect(next.pace.gapMs).toBeLessThan(failing.pace.gapMs)
  })

  it('leaves a size that was found to be the most in force as long as its message goes on', () => {
    const tight = step.shrunk(begun(), planOf({ text: 'x'.repeat(100) }))

    expect(step.chunkApplied(tight, planOf(), KEY, T).limitBytes).toBe(tight.limitBytes)
    const ended = step.chunkApplied(tight, planOf({ ends: 'message', reopen: '```\n' }), KEY, T)
    expect(ended.limitBytes).toBe(4_096)
    expect(ended.progress.message).toEqual(unsentMessage('```\n'))
  })

  it('of which nobody knows the message is followed by a new one', () => {
    const next = step.chunkApplied(start(), planOf({ reopen: '~~~\n' }), undefined, T)

    expect(next.progress.msgKeys).toEqual([])
    expect(next.progress.message).toEqual(unsentMessage('~~~\n'))
    expect(next.limitBytes).toBe(4_096)
  })

  it('remembers for good that text was left out', () => {
    const cut = step.chunkApplied(start(), planOf({ truncated: true }), KEY, T)

    expect(step.chunkApplied(cut, planOf(), KEY, T).progress.truncated).toBe(true)
  })

  it('adds each message once, in order', () => {
    const other = '4_5_6' as MsgKey
    const two = step.chunkApplied(begun(), planOf(), other, T)

    expect(step.chunkApplied(two, planOf(), other, T).progress.msgKeys).toEqual([KEY, other])
  })
})

describe('what follows a call that was not applied', () => {
  it('is slower only where the service asked for it', () => {
    expect(step.repeatLater(start(), T, false).pace).toEqual(start().pace)
    expect(step.repeatLater(start(), T, true).pace.gapMs).toBe(400)
  })

  it('is half of a chunk that was too much', () => {
    const text = 'y'.repeat(101)
    const { limitBytes } = step.shrunk(begun(), planOf({ text }))

    const room = limitBytes - begun().progress.message.bytes
    expect(room).toBe(Math.floor(chunkBytes(text) / 2))
  })

  it('counts from the first failure in a row', () => {
    const twice = step.callFailed(step.callFailed(start(), T), T + 9)

    expect(twice).toMatchObject({ failures: 2, failingSinceMs: T })
  })

  it('is a new message where one is lost, with an open fence opened again', () => {
    const inFence = step.chunkApplied(start(), planOf({ text: '```js\nlet a' }), KEY, T)
    const next = step.abandonMessage({ ...inFence, limitBytes: 99 })

    expect(next).toMatchObject({ lostMessages: 1, limitBytes: 4_096 })
    expect(step.abandonMessage(next).lostMessages).toBe(2)
    expect(next.progress.message).toEqual(unsentMessage('```js\n'))
  })

  it('is counted by what was lost', () => {
    const next = step.counted(step.counted(start(), 'lostAnswers'), 'lostAnswers')

    expect(next.progress).toMatchObject({ lostAnswers: 2, inDoubt: 0 })
    expect(step.counted(next, 'inDoubt').progress).toMatchObject({ lostAnswers: 2, inDoubt: 1 })
  })
})

describe('a reply whose text ends in open Markdown', () => {
  const smooth = (pending: string, ended = false) => ({
    ...inHand(pending, ended),
    smooth: 'always' as const,
  })
  /** After a call at `T + 200` that kept `**` and a word back. */
  const kept = () => {
    const move = step.nextMove(begun(), smooth('It is **bold'), T + 200)
    if (move.act !== 'call') throw new Error('it calls')
    return {
      plan: move.plan,
      after: step.chunkApplied(step.callStarted(begun(), T + 200), move.plan, KEY, T + 240),
    }
  }

  it('keeps it back for one gap, and then sends it open or not', () => {
    const { plan, after } = kept()

    expect(plan).toMatchObject({ text: 'It is ', taken: 6, kept: 5 })
    expect(step.nextMove(after, smooth('**bold wor'), T + 400)).toMatchObject({
      act: 'call',
      plan: { text: '**bold wo' },
    })
  })

  it('keeps back what opened since', () => {
    const { after } = kept()

    expect(step.nextMove(after, smooth('**bold** and `co'), T + 400)).toMatchObject({
      plan: { text: '**bold** and ', kept: 2 },
    })
  })

  it('waits for a gap where there is nothing before it, but not with what waited before', () => {
    const move = step.nextMove(begun(), smooth('**bold'), T + 900)
    expect(move).toEqual({ act: 'keep', chars: 5, ms: 200 })

    const waiting = keptBack(begun(), 5, T + 900)
    expect(step.nextMove(waiting, smooth('**bold wo'), T + 950)).toEqual({
      act: 'keep',
      chars: 8,
      ms: 150,
    })
    expect(keptBack(waiting, 8, T + 950)).toBe(waiting)
    expect(step.nextMove(waiting, smooth('**bold** wo'), T + 960)).toMatchObject({
      plan: { text: '**bold** w' },
    })
    expect(step.nextMove(waiting, smooth('**bold wo'), T + 1_100)).toMatchObject({
      plan: { text: '**bold w' },
    })
  })

  it('waits a second at most, however long its gap is', () => {
    const slow = { ...begun(), pace: { minGapMs: 30_000, gapMs: 30_000 } }

    expect(step.nextMove(slow, smooth('**bold'), T + 90_000)).toMatchObject({
      act: 'keep',
      ms: 1_000,
    })
  })

  it.each<readonly [string, step.Writing, InHand, string]>([
    ['with its first text', start(), smooth('**bold'), '**bol'],
    ['with its last', begun(), smooth('**bold', true), '**bold'],
    ['with a slot in hand', begun(), { ...smooth('**bold'), smooth: 'ifAny' }, '**bol'],
    ['unless it is asked to', begun(), inHand('a **bold'), 'a **bol'],
  ])('does not wait %s', (_, writing, hand, text) => {
    expect(step.nextMove(writing, hand, T + 900)).toMatchObject({ act: 'call', plan: { text } })
  })
})
