import { describe, expect, it } from 'vitest'
import {
  begun,
  chunk,
  LEASE_MS,
  newId,
  outcomesOf,
  progressWith,
  type Subject,
  T,
  times,
} from './fixtures.ts'

import { sweepAttempts } from './sweep-attempts.ts'

/** How a lease changes hands. */
export const leaseChanges = (subject: Subject): void => {
  describe('takeOver', () => {
    it('waits until the lease ran out', async () => {
      const replyId = await begun(subject.store)

      const onTime = await subject.store.takeOver(replyId, times(T + LEASE_MS))
      const after = await subject.store.takeOver(replyId, times(T + LEASE_MS + 1))

      expect(onTime).toMatchObject({ outcome: 'held', record: { epoch: 1 } })
      expect(after).toMatchObject({
        outcome: 'taken',
        record: { epoch: 2, leaseUntilMs: T + LEASE_MS + 1 + LEASE_MS },
      })
    })

    it('finds nothing where there is no reply', async () => {
      expect(await subject.store.takeOver(newId(), times(T))).toEqual({ outcome: 'absent' })
    })

    it('has one winner among many', async () => {
      const replyId = await begun(subject.store)

      const results = await Promise.all(
        Array.from({ length: 10 }, () => subject.newStore().takeOver(replyId, times(T + 20_000))),
      )

      expect(outcomesOf(results)).toEqual({ taken: 1, held: 9 })
      expect((await subject.store.read(replyId))?.epoch).toBe(2)
    })
  })

  sweepAttempts(subject)

  describe('release', () => {
    const sweepAtMs = T + 60_000

    it('gives the lease up, so that the next push takes it', async () => {
      const replyId = newId()
      const { record } = await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

      const outcome = await subject.store.release(replyId, record.epoch, {
        progress: progressWith(3),
        taken: { nextSeq: 1, heldText: 'e' },
        pushes: record.inbox.pushes,
        sweepAtMs,
      })
      const next = await subject.newStore().pushChunk(replyId, chunk(1, 'two'), times(T + 10))

      expect(outcome).toBe('released')
      expect(next).toMatchObject({
        outcome: 'holder',
        record: {
          epoch: 2,
          progress: progressWith(3),
          inbox: { nextSeq: 1, heldText: 'e', pushes: 2 },
        },
      })
    })

    it('keeps the lease when something has come', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))
      await subject.newStore().pushChunk(replyId, chunk(1, 'two'), times(T))

      const write = { progress: progressWith(3), taken: { nextSeq: 1, heldText: '' }, sweepAtMs }
      const outcome = await subject.store.release(replyId, 1, { ...write, pushes: 1 })

      expect(outcome).toBe('news')
      expect(await subject.store.read(replyId)).toMatchObject({
        leaseUntilMs: T + LEASE_MS,
        progress: { sentChars: 0 },
        inbox: { nextSeq: 0 },
      })
    })

    it('keeps the lease when somebody asked to cancel', async () => {
      const replyId = await begun(subject.store)
      await subject.store.requestCancel(replyId)

      const outcome = await subject.store.release(replyId, 1, {
        progress: progressWith(3),
        pushes: 0,
        sweepAtMs,
      })

      expect(outcome).toBe('news')
    })

    it('repeated after it was done does not hand the lease back', async () => {
      const replyId = await begun(subject.store)
      const write = { progress: progressWith(3), pushes: 0, sweepAtMs }
      await subject.store.release(replyId, 1, write)
      await subject.store.requestCancel(replyId)

      expect(await subject.store.release(replyId, 1, write)).toBe('released')
      expect((await subject.store.takeOver(replyId, times(T))).outcome).toBe('taken')
      expect(await subject.store.release(replyId, 1, write)).toBe('superseded')
    })

    it('and a push at the same moment leave exactly one side in charge', async () => {
      for (let round = 0; round < 8; round += 1) {
        const replyId = newId()
        await subject.store.pushChunk(replyId, chunk(0, 'one'), times(T))

        const [released, pushed] = await Promise.all([
          subject.store.release(replyId, 1, { progress: progressWith(3), pushes: 1, sweepAtMs }),
          subject.newStore().pushChunk(replyId, chunk(1, 'two'), times(T)),
        ])

        // Its own lost try may have released the reply before the push took it: superseded.
        const isPusherInCharge = released !== 'news'
        expect(pushed.outcome).toBe(isPusherInCharge ? 'holder' : 'stored')
      }
    })
  })
}
