import { describe, expect, it } from 'vitest'
import {
  chunk,
  conversation,
  LEASE_MS,
  newId,
  outcomesOf,
  progressWith,
  type Subject,
  T,
  times,
} from './fixtures.ts'

const last = { finish: true }

/** What a store learns of chunks that it has, and of replies that began without a conversation. */
export const newsInRepeats = (subject: Subject): void => {
  describe('pushChunk of a chunk that is known', () => {
    it('learns that it is the last, for whoever holds the lease', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

      const again = await subject.newStore().pushChunk(replyId, chunk(0, 'one', last), times(T + 1))
      const third = await subject.newStore().pushChunk(replyId, chunk(0, 'one', last), times(T + 2))
      const after = await subject.store.pushChunk(replyId, chunk(1, 'two'), times(T + 3))

      expect(again).toMatchObject({
        outcome: 'stored',
        record: { epoch: 1, inbox: { finishSeq: 0, pushes: 2, chunks: new Map([[0, 'one']]) } },
      })
      expect(third).toMatchObject({ outcome: 'stored', record: { inbox: { pushes: 2 } } })
      expect(after.outcome).toBe('ended')
    })

    it('does not let its holder give up the lease before it has seen that', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))
      await subject.newStore().pushChunk(replyId, chunk(0, 'one', last), times(T + 1))

      const write = { progress: progressWith(3), pushes: 1, sweepAtMs: T }
      const taken = { nextSeq: 1, heldText: 'e' }

      expect(await subject.store.release(replyId, 1, { ...write, taken })).toBe('news')
      expect((await subject.newStore().read(replyId))?.inbox).toMatchObject({ finishSeq: 0 })
    })

    it('learns it once the chunk was taken, too, and takes the lease to finish what is held', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))
      await subject.store.release(replyId, 1, {
        progress: progressWith(2),
        taken: { nextSeq: 1, heldText: 'e' },
        pushes: 1,
        sweepAtMs: T,
      })

      const again = await subject.newStore().pushChunk(replyId, chunk(0, 'one', last), times(T + 1))

      expect(again).toMatchObject({
        outcome: 'holder',
        record: {
          epoch: 2,
          leaseUntilMs: T + 1 + LEASE_MS,
          inbox: { finishSeq: 0, nextSeq: 1, heldText: 'e', pushes: 2, chunks: new Map() },
        },
      })
    })

    it('has one holder among twenty that bring the end at once', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          subject.newStore().pushChunk(replyId, chunk(0, 'one', last), times(T + 20_000)),
        ),
      )

      expect(outcomesOf(results)).toEqual({ holder: 1, stored: 19 })
      expect((await subject.store.read(replyId))?.inbox).toMatchObject({ finishSeq: 0, pushes: 2 })
    })

    it('moves no end, and takes none from a chunk behind which others were taken', async () => {
      const [ended, moved] = [newId(), newId()]
      await subject.store.pushChunk(ended, chunk(1, 'two', last), times(T))
      await subject.store.pushChunk(ended, chunk(0, 'one'), times(T))
      await subject.store.pushChunk(moved, chunk(0, 'one'), times(T))
      const taken = { nextSeq: 2, heldText: '' }
      await subject.store.record(moved, 1, { progress: progressWith(6), taken })

      await subject.store.pushChunk(ended, chunk(0, 'one', last), times(T + 1))
      await subject.store.pushChunk(moved, chunk(0, 'one', last), times(T + 1))

      expect((await subject.store.read(ended))?.inbox).toMatchObject({ finishSeq: 1, pushes: 2 })
      expect((await subject.store.read(moved))?.inbox).not.toHaveProperty('finishSeq')
    })
  })

  describe('pushChunk by somebody who is bound to bots', () => {
    const bound = { bound: true, conversation } as const

    it('begins a reply of its conversation, and adds to one that has it', async () => {
      const [own, told] = [newId(), newId()]
      await subject.store.pushChunk(told, chunk(0, 'one'), times(T))

      const results = [
        await subject.store.pushChunk(own, chunk(5, 'six', bound), times(T)),
        await subject.store.pushChunk(own, chunk(0, 'one', bound), times(T)),
        await subject.store.pushChunk(own, chunk(1, 'two', { bound: true }), times(T)),
        await subject.store.pushChunk(told, chunk(1, 'two', bound), times(T)),
      ]

      expect(outcomesOf(results)).toEqual({ holder: 1, stored: 3 })
      expect((await subject.store.read(own))?.conversation).toEqual(conversation)
    })

    it('never says whose a reply is that others began without a conversation', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(5, 'six'), times(T))

      const results = [
        await subject.newStore().pushChunk(replyId, chunk(0, 'one', bound), times(T + 1)),
        await subject.newStore().pushChunk(replyId, chunk(5, 'six', bound), times(T + 20_000)),
        await subject.newStore().pushChunk(replyId, chunk(1, 'two', { bound: true }), times(T + 1)),
      ]
      const record = await subject.store.read(replyId)

      expect(outcomesOf(results)).toEqual({ otherConversation: 3 })
      expect(record).toMatchObject({
        epoch: 1,
        inbox: { pushes: 1, chunks: new Map([[5, 'six']]) },
      })
      expect(record?.conversation).toBeUndefined()
    })

    it('begins none without saying whose it is', async () => {
      const replyId = newId()

      const { outcome } = await subject.store.pushChunk(
        replyId,
        chunk(1, 'two', { bound: true }),
        times(T),
      )

      expect(outcome).toBe('otherConversation')
      expect(await subject.store.read(replyId)).toBeUndefined()
    })
  })
}
