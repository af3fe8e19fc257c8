import { describe, expect, it } from 'vitest'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import {
  begun,
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

/** What becomes of pushed chunks. */
export const pushedChunks = (subject: Subject): void => {
  describe('pushChunk', () => {
    it('creates the reply with its first chunk and holds the lease', async () => {
      const replyId = newId()

      const { outcome, record } = await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

      expect(outcome).toBe('holder')
      expect(record).toEqual({
        replyId,
        kind: 'pushed',
        conversation,
        status: 'open',
        epoch: 1,
        leaseUntilMs: T + LEASE_MS,
        cancelRequested: false,
        progress: unsentProgress(T),
        createdAtMs: T,
        piecewise: false,
        inbox: { chunks: new Map([[0, 'one']]), nextSeq: 0, heldText: '', pushes: 1 },
      })
      expect(await subject.newStore().read(replyId)).toEqual(record)
    })

    it('lets a later chunk come first, and learns the conversation when it is told', async () => {
      const replyId = newId()

      const early = await subject.store.pushChunk(
        replyId,
        chunk(2, 'three', { finish: true }),
        times(T),
      )
      const first = await subject.newStore().pushChunk(replyId, chunk(0, 'one'), times(T + 5))

      expect(early).toMatchObject({ outcome: 'holder', record: { inbox: { finishSeq: 2 } } })
      expect(early.record.conversation).toBeUndefined()
      expect(first).toMatchObject({ outcome: 'stored', record: { conversation } })
      expect(first.record.inbox.chunks).toEqual(
        new Map([
          [0, 'one'],
          [2, 'three'],
        ]),
      )
    })

    it('has exactly one holder among twenty at once, and loses none', async () => {
      const replyId = newId()

      const results = await Promise.all(
        Array.from({ length: 20 }, (_, seq) =>
          subject.newStore().pushChunk(replyId, chunk(seq, `${seq}`), times(T)),
        ),
      )

      const inbox = (await subject.store.read(replyId))?.inbox
      expect(outcomesOf(results)).toEqual({ holder: 1, stored: 19 })
      expect(inbox?.pushes).toBe(20)
      expect([...(inbox?.chunks ?? [])].sort(([a], [b]) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, seq) => [seq, `${seq}`]),
      )
    })

    it('keeps any text: empty, with quotes, or half a surrogate pair', async () => {
      const replyId = newId()
      const texts = ['\ud83c', '\udf05', '', '"\\\n\0', '👩‍👩‍👧']

      for (const [seq, text] of texts.entries()) {
        await subject.store.pushChunk(replyId, chunk(seq, text), times(T))
      }

      expect(
        [...((await subject.store.read(replyId))?.inbox.chunks.values() ?? [])].sort(),
      ).toEqual([...texts].sort())
    })

    it('ignores a repeated chunk while somebody drains', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

      const again = await subject.newStore().pushChunk(replyId, chunk(0, 'one'), times(T + 1))

      expect(again.outcome).toBe('stored')
      expect(again.record.inbox).toMatchObject({ pushes: 1, chunks: new Map([[0, 'one']]) })
    })

    it('refuses another text for a chunk that waits, whoever holds the lease', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

      const held = await subject.newStore().pushChunk(replyId, chunk(0, 'other'), times(T + 1))
      const free = await subject.newStore().pushChunk(replyId, chunk(0, 'other'), times(T + 20_000))

      expect([held.outcome, free.outcome]).toEqual(['otherText', 'otherText'])
      expect((await subject.store.read(replyId))?.inbox).toMatchObject({
        pushes: 1,
        chunks: new Map([[0, 'one']]),
      })
    })

    it('knows a chunk that was taken by its seq alone', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))
      const taken = { nextSeq: 1, heldText: '' }
      await subject.store.record(replyId, 1, { progress: progressWith(3), taken })

      const again = await subject.newStore().pushChunk(replyId, chunk(0, 'other'), times(T + 1))

      expect(again.outcome).toBe('stored')
    })

    it('lets a repeated chunk take over from a deliverer that died', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

      const again = await subject.newStore().pushChunk(replyId, chunk(0, 'one'), times(T + 20_000))

      expect(again).toMatchObject({
        outcome: 'holder',
        record: { epoch: 2, inbox: { pushes: 1 } },
      })
    })

    it('has nothing to do for a repeated chunk when nothing waits or all wait for another', async () => {
      const [done, gap] = [newId(), newId()]
      await subject.store.pushChunk(done, chunk(0, 'one'), times(T))
      const taken = { nextSeq: 1, heldText: '' }
      await subject.store.release(done, 1, {
        progress: progressWith(3),
        taken,
        pushes: 1,
        sweepAtMs: T,
      })
      await subject.store.pushChunk(gap, chunk(1, 'two'), times(T))

      const sent = await subject.store.pushChunk(done, chunk(0, 'one'), times(T + 20_000))
      const waiting = await subject.store.pushChunk(gap, chunk(1, 'two'), times(T + 20_000))

      expect(sent).toMatchObject({ outcome: 'repeated', record: { epoch: 1 } })
      expect(waiting).toMatchObject({ outcome: 'repeated', record: { epoch: 1 } })
    })

    it('takes nothing new once the reply has ended', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))
      await subject.store.record(replyId, 1, {
        progress: progressWith(3),
        taken: { nextSeq: 1, heldText: '' },
      })
      await subject.store.pushChunk(replyId, chunk(1, 'two', { finish: true }), times(T))
      await subject.store.end(replyId, 1, { status: 'finished', progress: progressWith(6) })

      const outcomes = []
      for (const [seq, text] of ['one', 'two', 'three'].entries()) {
        outcomes.push(
          (await subject.store.pushChunk(replyId, chunk(seq, text), times(T + 1))).outcome,
        )
      }

      expect(outcomes).toEqual(['repeated', 'repeated', 'ended'])
    })

    it('takes nothing after the chunk that finishes', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(2, 'three', { finish: true }), times(T))

      const after = await subject.store.pushChunk(replyId, chunk(3, 'four'), times(T))
      const before = await subject.store.pushChunk(replyId, chunk(1, 'two'), times(T))
      const again = await subject.store.pushChunk(
        replyId,
        chunk(2, 'three', { finish: true }),
        times(T),
      )

      expect([after, before, again].map(({ outcome }) => outcome)).toEqual([
        'ended',
        'stored',
        'stored',
      ])
    })

    it('refuses another conversation, and a reply that is not pushed', async () => {
      const [pushed, turn] = [newId(), await begun(subject.store)]
      await subject.store.pushChunk(pushed, chunk(0, 'one'), times(T))
      const other = { from: conversation.from, to: 'somebody else' }

      const results = [
        await subject.store.pushChunk(pushed, chunk(0, 'one', { conversation: other }), times(T)),
        await subject.store.pushChunk(pushed, chunk(1, 'two', { conversation: other }), times(T)),
        await subject.store.pushChunk(turn, chunk(0, 'one'), times(T + 20_000)),
      ]

      expect(outcomesOf(results)).toEqual({ otherConversation: 3 })
      expect((await subject.store.read(pushed))?.inbox.pushes).toBe(1)
      expect((await subject.store.read(turn))?.epoch).toBe(1)
    })

    it('stores no more than 64 KiB ahead, and always the chunk that all wait for', async () => {
      const replyId = newId()
      const halfFull = 'é'.repeat(16_384)

      const outcomes = []
      for (const [seq, text] of [
        [1, halfFull],
        [2, halfFull],
        [3, 'x'],
        [0, 'y'.repeat(200_000)],
      ] as const) {
        outcomes.push((await subject.store.pushChunk(replyId, chunk(seq, text), times(T))).outcome)
      }

      expect(outcomes).toEqual(['holder', 'stored', 'full', 'stored'])
    })

    it('stores no chunk that is more than 1,000 ahead, nor too much as the first', async () => {
      const [far, near, large] = [newId(), newId(), newId()]

      const results = [
        await subject.store.pushChunk(far, chunk(1_001, 'x'), times(T)),
        await subject.store.pushChunk(near, chunk(1_000, 'x'), times(T)),
        await subject.store.pushChunk(large, chunk(1, 'x'.repeat(65_537)), times(T)),
      ]

      expect(results.map(({ outcome }) => outcome)).toEqual(['full', 'holder', 'full'])
      expect(await subject.store.read(far)).toBeUndefined()
      expect(await subject.store.read(large)).toBeUndefined()
    })
  })
}
