import { describe, expect, it, test } from 'vitest'
import {
  chunkTextBytes,
  hasWork,
  heldRoomFor,
  holdable,
  MAX_CHUNKS_AHEAD,
  MAX_WAITING_BYTES,
  receive,
  unstoredReply,
} from '../../../lib/core/reply/inbox.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import {
  type Inbox,
  onlyWithin,
  type PushedChunk,
  type ReplyRecord,
} from '../../../lib/core/reply/record.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'

const conversation = { from: '@RBT#bot', to: 'user' }
const others = [
  { from: '@RBT#bot', to: 'other' },
  { from: '@RBT#other', to: 'user' },
]
const chunk = (seq: number, changes: Partial<PushedChunk> = {}): PushedChunk => ({
  seq,
  text: 'text',
  finish: false,
  ...changes,
})
const begun = (inbox: Partial<Inbox> = {}, changes: Partial<ReplyRecord> = {}): ReplyRecord => {
  const record = unstoredReply('reply-1' as ReplyId, chunk(0, { conversation }), 5)
  return { ...record, ...changes, inbox: { ...record.inbox, ...inbox } }
}

describe('a pushed reply that nothing was stored of', () => {
  it('is open, held by nobody, and empty', () => {
    expect(unstoredReply('reply-1' as ReplyId, chunk(3, { conversation }), 5)).toEqual({
      replyId: 'reply-1',
      kind: 'pushed',
      conversation,
      status: 'open',
      epoch: 0,
      leaseUntilMs: 0,
      cancelRequested: false,
      progress: unsentProgress(5),
      createdAtMs: 5,
      piecewise: false,
      inbox: { chunks: new Map(), nextSeq: 0, heldText: '', pushes: 0 },
    })
  })

  it('has no conversation until a chunk names it', () => {
    expect(unstoredReply('reply-1' as ReplyId, chunk(3), 5)).not.toHaveProperty('conversation')
  })

  it('has made no call and shown nothing', () => {
    expect(unsentProgress(5)).toMatchObject({
      msgKeys: [],
      sentChars: 0,
      sentSeq: -1,
      calls: 0,
      truncated: false,
      lastCallAtMs: 5,
    })
  })
})

describe('a chunk', () => {
  it('is new where nothing is known of it', () => {
    expect(receive(begun(), chunk(0))).toBe('new')
  })

  it('is known while it waits, and once it was taken whatever it says', () => {
    const inbox = { nextSeq: 3, chunks: new Map([[5, 'text']]) }

    expect(receive(begun(inbox), chunk(5))).toBe('known')
    expect(receive(begun(inbox), chunk(2, { text: 'other' }))).toBe('known')
    expect(receive(begun(inbox), chunk(3))).toBe('new')
  })

  it('that waits with another text is refused', () => {
    expect(receive(begun({ chunks: new Map([[5, 'text']]) }), chunk(5, { text: 'other' }))).toBe(
      'otherText',
    )
  })

  it('that is known finishes the reply where its repeat is the first to say so', () => {
    const inbox = { nextSeq: 3, chunks: new Map([[5, 'text']]) }
    const last = { finish: true }

    expect(receive(begun(inbox), chunk(5, last))).toBe('finishes')
    expect(receive(begun(inbox), chunk(2, last))).toBe('finishes')
    expect(receive(begun(inbox), chunk(5, { ...last, text: 'other' }))).toBe('otherText')
    // What came after it was taken: the end is not here.
    expect(receive(begun(inbox), chunk(1, last))).toBe('known')
    expect(receive(begun({ ...inbox, finishSeq: 5 }), chunk(5, last))).toBe('known')
    expect(receive(begun(inbox, { status: 'finished' }), chunk(2, last))).toBe('known')
  })

  it('of whoever is bound to bots goes into no reply that others began without a conversation', () => {
    const own = { ...chunk(0), conversation, bound: true as const }
    const nameless = unstoredReply('reply-1' as ReplyId, chunk(5), 5)
    const named = unstoredReply('reply-1' as ReplyId, own, 5)

    expect(receive(nameless, own)).toBe('otherConversation')
    expect(receive(nameless, { ...chunk(5), bound: true })).toBe('otherConversation')
    expect(receive(named, own)).toBe('new')
    expect(receive(named, { ...chunk(5), bound: true })).toBe('new')
    expect(receive(nameless, chunk(0, { conversation }))).toBe('new')
  })

  it('that is known stays known when the reply has ended, and no other is taken', () => {
    const ended = begun({ nextSeq: 3 }, { status: 'finished' })

    expect(receive(ended, chunk(2))).toBe('known')
    expect(receive(ended, chunk(3))).toBe('ended')
  })

  it('behind the last one is too late, and the last one is not', () => {
    const inbox = { nextSeq: 1, finishSeq: 4 }

    expect(receive(begun(inbox), chunk(4))).toBe('new')
    expect(receive(begun(inbox), chunk(5))).toBe('ended')
    expect(receive(begun({ nextSeq: 1 }), chunk(5))).toBe('new')
  })

  it('of another conversation is refused, whatever is known of it', () => {
    for (const other of others) {
      const reply = begun({ nextSeq: 3 })
      expect(receive(reply, chunk(2, { conversation: other }))).toBe('otherConversation')
    }
  })

  it('may leave its conversation out, or be the one that names it', () => {
    expect(receive(begun(), chunk(0, { conversation }))).toBe('new')
    const unnamed = unstoredReply('reply-1' as ReplyId, chunk(0), 5)
    expect(receive(unnamed, chunk(0, { conversation }))).toBe('new')
  })

  it('is never for a reply that is not pushed', () => {
    expect(receive(begun({}, { kind: 'whole' }), chunk(0))).toBe('otherConversation')
    expect(receive(begun({}, { kind: 'turn' }), chunk(0))).toBe('otherConversation')
  })

  it('may be a thousand ahead of the first missing one, and no further', () => {
    const inbox = { nextSeq: 7 }

    expect(receive(begun(inbox), chunk(7 + MAX_CHUNKS_AHEAD))).toBe('new')
    expect(receive(begun(inbox), chunk(8 + MAX_CHUNKS_AHEAD))).toBe('full')
  })

  it('is taken up to the last byte that may wait', () => {
    const waiting = 'x'.repeat(MAX_WAITING_BYTES - 4)
    const inbox = { chunks: new Map([[3, waiting]]) }

    expect(receive(begun(inbox), chunk(4))).toBe('new')
    expect(receive(begun(inbox), chunk(4, { text: 'texts' }))).toBe('full')
    expect(receive(begun({ heldText: waiting }), chunk(0))).toBe('new')
    expect(receive(begun({ heldText: waiting }), chunk(0, { text: 'texts' }))).toBe('full')
  })
})

test('the size of a chunk is that of its UTF-8, escapes included', () => {
  expect(['', 'a', 'é', '中', '👩', '"', '\n', '\ud83d'].map(chunkTextBytes)).toEqual([
    0, 1, 2, 3, 4, 2, 2, 6,
  ])
})

test('the larger the chunk that everything waits for, the less may be held, but for a cluster', () => {
  expect(heldRoomFor('')).toBe(MAX_WAITING_BYTES)
  expect(heldRoomFor('x'.repeat(60_000))).toBe(MAX_WAITING_BYTES - 60_000)
  expect(heldRoomFor('x'.repeat(100_000))).toBe(1_024)
})

describe('a holder of the lease', () => {
  it('finds work where the next chunk has come, its end is due, or somebody stopped the reply', () => {
    expect(hasWork(begun({ nextSeq: 2 }))).toBe(false)
    expect(hasWork(begun({ nextSeq: 2, chunks: new Map([[3, 'b']]) }))).toBe(false)
    expect(hasWork(begun({ nextSeq: 2, chunks: new Map([[2, 'a']]) }))).toBe(true)
    expect(hasWork(begun({ nextSeq: 2, finishSeq: 2 }))).toBe(false)
    expect(hasWork(begun({ nextSeq: 3, finishSeq: 2 }))).toBe(true)
    expect(hasWork(begun({}, { cancelRequested: true }))).toBe(true)
  })

  it('records a chunk as taken up to the last byte that may be held', () => {
    const take = (bytes: number, sentChars: number) => {
      const text = `${'a'.repeat(10)}${'b'.repeat(bytes)}`
      const ends = [
        { seq: 4, endChars: 10 },
        { seq: 5, endChars: 10 + bytes },
      ] as const
      return holdable(ends, text.slice(sentChars), sentChars).seq
    }

    expect(take(MAX_WAITING_BYTES - 10, 0)).toBe(5)
    expect(take(MAX_WAITING_BYTES - 9, 0)).toBe(4)
    // What was sent of the text is not held.
    expect(take(MAX_WAITING_BYTES, 10)).toBe(5)
    expect(take(MAX_WAITING_BYTES + 1, 10)).toBe(4)
    // One that was begun is taken, however much is left of it.
    expect(take(MAX_WAITING_BYTES + 2, 11)).toBe(5)
  })
})

test('a record is shown only to those of its own conversation', () => {
  const record = begun()

  expect(onlyWithin(record, undefined)).toBe(record)
  expect(onlyWithin(record, { ...conversation })).toBe(record)
  expect(onlyWithin(undefined, conversation)).toBeUndefined()
  for (const other of others) expect(onlyWithin(record, other)).toBeUndefined()
  const { conversation: _, ...unnamed } = record
  expect(onlyWithin(unnamed, conversation)).toBeUndefined()
})
