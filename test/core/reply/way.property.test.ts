import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tencentWays } from '../../../lib/adapters/tencent/ways.ts'
import { callOf } from '../../../lib/core/reply/chat-calls.ts'
import { unsentMessage, unsentProgress } from '../../../lib/core/reply/message.ts'
import type { Conversation, MsgKey, ReplyId } from '../../../lib/core/reply/reply.ts'
import { callNumber, namingAsker, type Way, wayOf } from '../../../lib/core/reply/way.ts'
import * as step from '../../../lib/core/reply/writing.ts'

const T = 1_700_000_000_000
const replyId = 'reply-1' as ReplyId
const ways = tencentWays({ user: 'native', group: 'native' })
const user: Conversation = { from: '@RBT#bot', to: 'alice' }
const group: Conversation = { ...user, to: '@TGS#group', group: { asker: 'alice' } }
const usual = { minGapMs: 200, messageBytes: 4_096 }
const planOf = (text: string, ends: 'nothing' | 'message' | 'reply' = 'nothing') => ({
  text,
  taken: text.length,
  ends,
  reopen: '',
  truncated: false,
})

const chunk = fc.record({
  text: fc.string({ unit: 'grapheme', maxLength: 30 }),
  endsMessage: fc.boolean(),
})

/** Makes a call for each chunk, one after another; what each carries, and what it should. */
const callsFor = (
  way: Way,
  chunks: readonly { readonly text: string; readonly endsMessage: boolean }[],
) => {
  let writing = step.startWriting(unsentProgress(T), usual, way)
  let at = { message: 0, index: 1, before: '' }
  return chunks.map(({ text, endsMessage }) => {
    const expected = { ...at, before: at.before.slice(0, way.carriedChars) }
    const plan = planOf(text, endsMessage ? 'message' : 'nothing')
    const { progress } = step.callStarted(step.callPrepared(writing, plan, T), T)
    const made = callOf({ replyId, conversation: user, progress }, way, {
      text,
      finish: endsMessage,
    })
    writing = step.chunkApplied({ ...writing, progress }, plan, `s-${at.message}` as MsgKey, T)
    at = endsMessage
      ? { message: at.message + 1, index: 1, before: '' }
      : { ...at, index: at.index + 1, before: at.before + text }
    return { made: made.repeatable, expected, underWay: writing.progress.underWay }
  })
}

describe.each([ways.byName.native, ways.byName.modify])('calls by $name', (way) => {
  it('carry 1, 2, 3 … in each message, all that was there before, and another number each', () => {
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 12 }), (chunks) => {
        const calls = callsFor(way, chunks)

        for (const { made, expected, underWay } of calls) {
          const { message, ...carried } = expected
          expect(made).toMatchObject({ way: way.name, again: false, ...carried })
          expect(made?.openingNumber).toBe(callNumber(replyId, message, 1))
          expect(underWay).toBeUndefined()
        }
        expect(new Set(calls.map(({ made }) => made?.number)).size).toBe(chunks.length)
      }),
    )
  })

  it('are the same when they are made again from the record, whoever makes them', () => {
    const prepared = step.callPrepared(
      step.startWriting(unsentProgress(T), usual, way),
      planOf('Hello'),
      T,
    )
    const stored = JSON.parse(JSON.stringify(prepared.progress))

    const first = callOf({ replyId, conversation: user, progress: prepared.progress }, way, {
      text: 'Hello',
      finish: false,
    })
    const again = callOf(
      { replyId, conversation: user, progress: stored },
      way,
      { text: stored.underWay.text, finish: stored.underWay.ends !== 'nothing' },
      true,
    )
    expect(again).toEqual({ ...first, repeatable: { ...first.repeatable, again: true } })
  })
})

describe('the way of a reply', () => {
  it('is the one that it was begun in, whatever the settings say now', () => {
    const now = tencentWays()

    expect(wayOf(ways, user, { calls: 0 }).name).toBe('native')
    expect(wayOf(now, user, { calls: 3, way: 'native' }).name).toBe('native')
    expect(wayOf(ways, user, { calls: 3 }).name).toBe('stream_msg')
    expect(wayOf(now, group, { calls: 0 }).name).toBe('modify')
    expect(wayOf(tencentWays({ group: 'off' }), group, { calls: 0 }).name).toBe('modify')
  })

  it('names who asked in the text alone where its calls cannot, and once', () => {
    const { native, modify } = ways.byName
    const unsent = unsentProgress(T)
    const begun = { ...unsent, msgKeys: ['s1' as MsgKey] }

    expect(namingAsker(unsent, group, native).message).toEqual(unsentMessage('@alice '))
    expect(namingAsker(unsent, group, modify)).toBe(unsent)
    expect(namingAsker(unsent, user, native)).toBe(unsent)
    expect(namingAsker(begun, group, native)).toBe(begun)
  })
})

describe('a silent message', () => {
  const inHand = { pending: '', ended: false, holdBack: true }
  const applied = (text: string, way = ways.byName.native) =>
    step.chunkApplied(
      step.callStarted(step.startWriting(unsentProgress(T), usual, way), T),
      planOf(text),
      's1' as MsgKey,
      T,
    )

  it('gets an empty chunk when it has been silent for long, and is waited for until then', () => {
    expect(step.nextMove(applied('Hi'), inHand, T + 9_000)).toEqual({ act: 'idle', ms: 1_000 })
    expect(step.nextMove(applied('Hi'), inHand, T + 10_000)).toMatchObject({
      act: 'call',
      plan: { text: '', taken: 0, ends: 'nothing' },
    })
  })

  it('is ended where no such chunk is taken, its fence closed and reopened', () => {
    const silent = step.withoutKeepAlive(applied('```js\nlet x'))

    expect(step.nextMove(silent, inHand, T + 10_000)).toMatchObject({
      act: 'call',
      plan: { text: '\n```', taken: 0, ends: 'message', reopen: '```js\n' },
    })
  })

  it('may be so for any time in the other ways, and before it is opened', () => {
    const { stream_msg, modify, native } = ways.byName
    const unopened = step.startWriting(unsentProgress(T), usual, native)

    for (const writing of [applied('Hi', stream_msg), applied('Hi', modify), unopened]) {
      expect(step.nextMove(writing, inHand, T + 100_000)).toEqual({ act: 'idle' })
    }
  })
})
