import { describe, expect, it } from 'vitest'
import { begun, chunk, LEASE_MS, newId, progressWith, type Subject, T, times } from './fixtures.ts'

/** What the holder of a lease may write. */
export const holderWrites = (subject: Subject): void => {
  describe('record', () => {
    it('writes progress and says whether a cancel was asked for', async () => {
      const replyId = await begun(subject.store)

      const before = await subject.store.record(replyId, 1, { progress: progressWith(3) })
      await subject.newStore().requestCancel(replyId)
      const after = await subject.store.record(replyId, 1, { progress: progressWith(4) })

      expect(before).toMatchObject({ held: true, cancelRequested: false })
      expect(after).toMatchObject({ held: true, cancelRequested: true })
      expect(await subject.store.read(replyId)).toMatchObject({ progress: progressWith(4) })
    })

    it('renews the lease only when asked to', async () => {
      const replyId = await begun(subject.store)

      await subject.store.record(replyId, 1, { progress: progressWith(3) })
      const untouched = await subject.store.read(replyId)
      await subject.store.record(replyId, 1, {
        progress: progressWith(3),
        leaseUntilMs: T + 40_000,
      })
      const renewed = await subject.store.read(replyId)

      expect(untouched?.leaseUntilMs).toBe(T + LEASE_MS)
      expect(renewed?.leaseUntilMs).toBe(T + 40_000)
      expect((await subject.store.takeOver(replyId, times(T + 30_000))).outcome).toBe('held')
    })

    it('is refused under an old epoch, and leaves no trace', async () => {
      const replyId = await begun(subject.store)
      await subject.newStore().takeOver(replyId, times(T + 20_000))

      const leaseState = await subject.store.record(replyId, 1, {
        progress: progressWith(9),
        leaseUntilMs: T + 99_000,
      })

      expect(leaseState).toEqual({ held: false })
      expect(await subject.store.read(replyId)).toMatchObject({
        epoch: 2,
        leaseUntilMs: T + 20_000 + LEASE_MS,
        progress: { sentChars: 0 },
      })
    })

    it('is refused once the reply has ended, and where there is none', async () => {
      const replyId = await begun(subject.store)
      await subject.store.end(replyId, 1, { status: 'finished', progress: progressWith(1) })

      expect(await subject.store.record(replyId, 1, { progress: progressWith(2) })).toEqual({
        held: false,
      })
      expect(await subject.store.record(newId(), 1, { progress: progressWith(2) })).toEqual({
        held: false,
      })
    })

    it('still counts after the lease ran out, as long as nobody has taken over', async () => {
      const replyId = await begun(subject.store, {}, T - 1)

      expect(await subject.store.record(replyId, 1, { progress: progressWith(2) })).toMatchObject({
        held: true,
      })
    })

    it('takes chunks out of the inbox in the same write', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'one '), times(T))
      await subject.newStore().pushChunk(replyId, chunk(1, 'two '), times(T))
      await subject.newStore().pushChunk(replyId, chunk(3, 'four'), times(T))

      const leaseState = await subject.store.record(replyId, 1, {
        progress: progressWith(7),
        taken: { nextSeq: 2, heldText: ' \ud83c' },
      })

      const inbox = { chunks: new Map([[3, 'four']]), nextSeq: 2, heldText: ' \ud83c', pushes: 3 }
      expect(leaseState).toEqual({ held: true, cancelRequested: false, inbox })
      expect((await subject.store.read(replyId))?.inbox).toEqual(inbox)
    })

    it('takes nothing twice when it is repeated with what was taken before', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(0, 'x'.repeat(40_000)), times(T))
      const write = { progress: progressWith(7), taken: { nextSeq: 1, heldText: '' } }

      await subject.store.record(replyId, 1, write)
      await subject.store.record(replyId, 1, write)
      await subject.newStore().record(replyId, 1, write)

      const fits = await subject.store.pushChunk(replyId, chunk(3, 'x'.repeat(65_536)), times(T))
      const tooMuch = await subject.store.pushChunk(replyId, chunk(2, 'x'), times(T))
      expect([fits.outcome, tooMuch.outcome]).toEqual(['stored', 'full'])
    })
  })

  describe('end', () => {
    const failure = {
      reason: 'refused',
      code: 22_004,
      detail: 'The service refused it.',
    } as const

    it('sets status, progress and failure, and frees the lease', async () => {
      const replyId = await begun(subject.store)

      const outcome = await subject.store.end(replyId, 1, {
        status: 'failed',
        progress: progressWith(8),
        failure,
      })

      expect(outcome).toBe('ended')
      expect(await subject.store.read(replyId)).toMatchObject({
        status: 'failed',
        failure,
        leaseUntilMs: 0,
        progress: progressWith(8),
      })
      expect((await subject.store.takeOver(replyId, times(T + 99_000))).outcome).toBe('ended')
    })

    it('keeps what it ended as, and answers its own repetition', async () => {
      const replyId = await begun(subject.store)
      await subject.store.end(replyId, 1, { status: 'finished', progress: progressWith(8) })

      const same = await subject.store.end(replyId, 1, {
        status: 'finished',
        progress: progressWith(9),
      })
      const other = await subject.store.end(replyId, 1, {
        status: 'failed',
        progress: progressWith(9),
        failure,
      })

      expect([same, other]).toEqual(['ended', 'superseded'])
      expect(await subject.store.read(replyId)).toMatchObject({
        status: 'finished',
        progress: progressWith(8),
      })
    })

    it('is superseded under an old epoch, and where there is no reply', async () => {
      const replyId = await begun(subject.store)
      await subject.store.takeOver(replyId, times(T + 20_000))
      const ending = { status: 'finished', progress: progressWith(8) } as const

      expect(await subject.store.end(replyId, 1, ending)).toBe('superseded')
      expect(await subject.store.end(newId(), 1, ending)).toBe('superseded')
      expect((await subject.store.read(replyId))?.status).toBe('open')
    })
  })
}
