import { describe, expect, it } from 'vitest'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import {
  begun,
  conversation,
  LEASE_MS,
  newId,
  newReply,
  progressWith,
  type Subject,
  T,
} from './fixtures.ts'

/** How replies begin, and where their text is. */
export const beginReplies = (subject: Subject): void => {
  describe('begin', () => {
    it('creates an open record at epoch 1 with its lease held', async () => {
      const replyId = newId()
      const more = { piecewise: true, charsPerSecond: 12.5, orderHash: '0123456789abcdef' }
      const reply = newReply(replyId, { kind: 'whole', ...more })

      const { created, record } = await subject.store.begin(reply, T + LEASE_MS)

      expect(created).toBe(true)
      expect(record).toEqual({
        replyId,
        kind: 'whole',
        conversation,
        status: 'open',
        epoch: 1,
        leaseUntilMs: T + LEASE_MS,
        cancelRequested: false,
        progress: unsentProgress(T),
        createdAtMs: T,
        charsPerSecond: 12.5,
        piecewise: true,
        orderHash: '0123456789abcdef',
        inbox: { chunks: new Map(), nextSeq: 0, heldText: '', pushes: 0 },
      })
      expect(await subject.newStore().read(replyId)).toEqual(record)
    })

    it('changes nothing when the reply is there already', async () => {
      const replyId = await begun(subject.store, { kind: 'whole', pieces: ['first text'] })
      await subject.store.record(replyId, 1, { progress: progressWith(5) })

      const again = await subject
        .newStore()
        .begin(newReply(replyId, { kind: 'whole', pieces: ['second text'] }), T + 99_000)

      expect(again.created).toBe(false)
      expect(again.record).toMatchObject({
        leaseUntilMs: T + LEASE_MS,
        progress: { sentChars: 5 },
      })
      expect(await subject.store.readPieces(replyId)).toEqual(['first text'])
    })

    it('creates once when called at once from many sides', async () => {
      const reply = newReply(newId())

      const results = await Promise.all(
        Array.from({ length: 10 }, () => subject.newStore().begin(reply, T + LEASE_MS)),
      )

      expect(results.filter(({ created }) => created)).toHaveLength(1)
    })

    it('knows nothing of a reply that was never begun', async () => {
      expect(await subject.store.read(newId())).toBeUndefined()
      expect(await subject.store.readPieces(newId())).toBeUndefined()
    })
  })

  describe('pieces', () => {
    const suns = '🌅'.repeat(60_000)
    it.each<[string, readonly string[] | undefined]>([
      ['none', undefined],
      ['an empty list', []],
      ['a few small ones', ['a', '', '"\n', '夕日🌅']],
      ['one of 250 KiB', ['x'.repeat(256_000)]],
      ['many that make 250 KiB', Array.from({ length: 500 }, (_, n) => `${n}${'é'.repeat(256)}`)],
      ['surrogate pairs at even places', [suns]],
      ['surrogate pairs at odd places', [`x${suns}`]],
      ['half a surrogate pair', ['\ud83c', `\udf05${'x'.repeat(3_000)}\ud83c`]],
    ])('come back as they were: %s', async (_, pieces) => {
      const replyId = await begun(
        subject.store,
        pieces === undefined ? {} : { kind: 'whole', pieces },
      )

      expect(await subject.newStore().readPieces(replyId)).toEqual(pieces)
    })

    it('of a repeated long reply stay those of the first', async () => {
      const first = ['a'.repeat(5_000)]
      const replyId = newId()
      const both = [first, ['b'.repeat(5_000)]].map((pieces) =>
        newReply(replyId, { kind: 'whole', pieces }),
      )

      const results = await Promise.all(
        both.map((reply) => subject.newStore().begin(reply, T + LEASE_MS)),
      )

      const winner = both[results.findIndex(({ created }) => created)]
      expect(results.filter(({ created }) => created)).toHaveLength(1)
      expect(await subject.store.readPieces(replyId)).toEqual(winner?.pieces)
    })
  })
}
