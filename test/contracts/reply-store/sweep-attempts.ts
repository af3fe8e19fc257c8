import { describe, expect, it } from 'vitest'
import { attemptPauseMs } from '../../../lib/core/reply/attempt.ts'
import type { OrphanGroup } from '../../../lib/core/reply/record.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { begun, chunk, newId, progressWith, type Subject } from './fixtures.ts'

/** Long before the time of all other tests, so that nobody else's replies are in the list. */
const PAST = 500_000_000_000
const LEASE_MS = 15_000
const first = { count: 1, fromChars: 0 }
const third = { count: 3, fromChars: 0 }

/** What is remembered of the sweeper's attempts. */
export const sweepAttempts = (subject: Subject): void => {
  /** Takes an orphan over at a time, as the sweeper does. */
  const attempted = async (nowMs: number, attempt = first): Promise<ReplyId> => {
    const replyId = await begun(subject.store, {}, nowMs - 1)
    const leaseUntilMs = nowMs + LEASE_MS
    await subject.store.takeOver(replyId, { nowMs, leaseUntilMs, attempt })
    return replyId
  }
  const isListed = async (replyId: ReplyId, nowMs: number, group: OrphanGroup) =>
    (await subject.newStore().listOrphans(nowMs, 10_000, group)).includes(replyId)
  /** When a reply comes onto a list, in ms after `PAST`, looked for where it may. */
  const dueAfter = async (replyId: ReplyId, group: OrphanGroup, dueMs: number) => {
    expect(await isListed(replyId, dueMs, group)).toBe(false)
    expect(await isListed(replyId, dueMs + 1, group)).toBe(true)
    expect(await isListed(replyId, dueMs + 1, group === 'tried' ? 'untried' : 'tried')).toBe(false)
  }

  describe('an attempt of the sweeper', () => {
    it('is in the record with the lease, so that it counts whatever becomes of it', async () => {
      const replyId = await attempted(PAST, third)

      expect(await subject.newStore().read(replyId)).toMatchObject({
        epoch: 2,
        leaseUntilMs: PAST + LEASE_MS,
        attempt: third,
      })
      expect(await subject.newStore().readOrphan(replyId)).toEqual({
        kind: 'turn',
        epoch: 2,
        leaseUntilMs: PAST + LEASE_MS,
        sentChars: 0,
        attempt: third,
      })
    })

    it('is followed by its pause, also where the lease is renewed', async () => {
      const replyId = await attempted(PAST, third)
      await dueAfter(replyId, 'tried', PAST + LEASE_MS + attemptPauseMs(3))

      const leaseUntilMs = PAST + 40_000
      await subject.store.record(replyId, 2, { progress: progressWith(0), leaseUntilMs })

      await dueAfter(replyId, 'tried', leaseUntilMs + attemptPauseMs(3))
    })

    it('is followed by its pause where another writer takes the reply over', async () => {
      const replyId = await attempted(PAST)
      const nowMs = PAST + 20_000
      const leaseUntilMs = nowMs + LEASE_MS

      const taken = await subject.store.takeOver(replyId, { nowMs, leaseUntilMs })

      expect(taken).toMatchObject({ outcome: 'taken', record: { epoch: 3, attempt: first } })
      await dueAfter(replyId, 'tried', leaseUntilMs + attemptPauseMs(1))
    })

    it('is followed by its pause where a pushed chunk takes the lease', async () => {
      const replyId = newId()
      const pushed = { nowMs: PAST, leaseUntilMs: PAST + LEASE_MS }
      await subject.store.pushChunk(replyId, chunk(0, 'one'), pushed)
      const sweptAtMs = PAST + 20_000
      const swept = { nowMs: sweptAtMs, leaseUntilMs: sweptAtMs + LEASE_MS, attempt: third }
      await subject.store.takeOver(replyId, swept)
      const nowMs = PAST + 60_000

      const again = { nowMs, leaseUntilMs: nowMs + LEASE_MS }
      const outcome = await subject.store.pushChunk(replyId, chunk(1, 'two'), again)

      expect(outcome).toMatchObject({ outcome: 'holder', record: { attempt: third } })
      await dueAfter(replyId, 'tried', again.leaseUntilMs + attemptPauseMs(3))
    })

    it('is forgotten, and its pause with it, when the text has moved on', async () => {
      const replyId = await attempted(PAST, third)
      const other = await attempted(PAST, third)

      const progress = progressWith(5)
      await subject.store.record(replyId, 2, { progress, movedOn: true })
      const leaseUntilMs = PAST + 40_000
      await subject.store.record(other, 2, { progress, leaseUntilMs, movedOn: true })

      expect(await subject.store.read(replyId)).not.toHaveProperty('attempt')
      await dueAfter(replyId, 'untried', PAST + LEASE_MS)
      await dueAfter(other, 'untried', leaseUntilMs)
    })

    it('ends with a release at the time that the release says', async () => {
      const [stays, moves] = [await attempted(PAST), await attempted(PAST)]
      const released = { progress: progressWith(5), pushes: 0, sweepAtMs: PAST + 90_000 }

      await subject.store.release(stays, 2, released)
      await subject.store.release(moves, 2, { ...released, movedOn: true })

      expect(await subject.store.read(stays)).toMatchObject({ attempt: first })
      await dueAfter(stays, 'tried', PAST + 90_000)
      await dueAfter(moves, 'untried', PAST + 90_000)
    })

    it('is on no list once the reply has ended, and no orphan any more', async () => {
      const replyId = await attempted(PAST)

      await subject.store.end(replyId, 2, { status: 'finished', progress: progressWith(5) })

      expect(await isListed(replyId, PAST + 1e9, 'tried')).toBe(false)
      expect(await subject.store.readOrphan(replyId)).toBeUndefined()
      expect(await subject.store.readOrphan(newId())).toBeUndefined()
    })
  })
}
