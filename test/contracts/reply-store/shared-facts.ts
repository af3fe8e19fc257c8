import { describe, expect, it } from 'vitest'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'
import {
  begun,
  chunk,
  conversation,
  newId,
  progressWith,
  type Subject,
  T,
  times,
} from './fixtures.ts'

/** What others than the writer ask and note. */
export const sharedFacts = (subject: Subject): void => {
  describe('requestCancel', () => {
    it('marks an open reply, as often as it is asked', async () => {
      const replyId = await begun(subject.store)

      const records = [
        await subject.store.requestCancel(replyId),
        await subject.store.requestCancel(replyId),
      ]

      expect(records).toMatchObject([{ cancelRequested: true }, { cancelRequested: true }])
    })

    it('leaves an ended reply as it is, and finds none where there is none', async () => {
      const replyId = await begun(subject.store)
      await subject.store.end(replyId, 1, { status: 'finished', progress: progressWith(8) })

      const record = await subject.store.requestCancel(replyId)

      expect(record).toMatchObject({ status: 'finished', cancelRequested: false })
      expect(await subject.store.requestCancel(newId())).toBeUndefined()
    })

    it('marks an open reply within its own conversation alone', async () => {
      const replyId = await begun(subject.store)
      const others = [
        { ...conversation, to: 'another' },
        { ...conversation, from: '@RBT#other' },
        { from: conversation.to, to: conversation.from },
      ]

      for (const other of others) {
        expect(await subject.store.requestCancel(replyId, other)).toBeUndefined()
      }
      const before = await subject.store.read(replyId)
      const record = await subject.store.requestCancel(replyId, conversation)

      expect(before).toMatchObject({ cancelRequested: false })
      expect(record).toMatchObject({ replyId, conversation, cancelRequested: true })
    })

    it('shows an ended reply within its own conversation alone', async () => {
      const replyId = await begun(subject.store)
      await subject.store.end(replyId, 1, { status: 'finished', progress: progressWith(8) })

      const own = await subject.store.requestCancel(replyId, conversation)
      const other = await subject.store.requestCancel(replyId, { ...conversation, to: 'another' })

      expect(own).toMatchObject({ status: 'finished', cancelRequested: false })
      expect(other).toBeUndefined()
      expect(await subject.store.requestCancel(newId(), conversation)).toBeUndefined()
    })

    it('takes a reply that waits for its conversation for none of any', async () => {
      const replyId = newId()
      await subject.store.pushChunk(replyId, chunk(1, 'later'), times(T))

      const record = await subject.store.requestCancel(replyId, conversation)

      expect(record).toBeUndefined()
      expect(await subject.store.read(replyId)).toMatchObject({ cancelRequested: false })
    })
  })

  describe('claimMessage', () => {
    it('belongs to the first that claims, however often', async () => {
      const [first, second] = [newId(), newId()]
      const msgKey = `1_2_${first}` as MsgKey

      const before = await subject.store.findByMsgKey(msgKey)
      const claims = [
        await subject.store.claimMessage(msgKey, first),
        await subject.store.claimMessage(msgKey, second),
        await subject.newStore().claimMessage(msgKey, first),
      ]

      expect(before).toBeUndefined()
      expect(claims).toEqual(['own', 'other', 'own'])
      expect(await subject.store.findByMsgKey(msgKey)).toBe(first)
    })

    it('has one winner among many', async () => {
      const msgKey = `1_2_${newId()}` as MsgKey

      const claims = await Promise.all(
        Array.from({ length: 10 }, () => subject.newStore().claimMessage(msgKey, newId())),
      )

      expect(claims.filter((claim) => claim === 'own')).toHaveLength(1)
    })
  })

  describe('listOrphans', () => {
    // Long before the time of all other tests, so that nobody else's replies are in the list.
    const past = 1_000_000

    it('lists open replies whose time has come, the longest ago first', async () => {
      const third = await begun(subject.store, {}, past + 30)
      const first = await begun(subject.store, {}, past + 10)
      const running = await begun(subject.store, {}, past + 100)
      const ended = await begun(subject.store, {}, past + 5)
      await subject.store.end(ended, 1, { status: 'finished', progress: progressWith(1) })
      const renewed = await begun(subject.store, {}, past + 1)
      await subject.store.record(renewed, 1, { progress: progressWith(1), leaseUntilMs: past + 20 })
      const waiting = await begun(subject.store, {}, past + 2)
      await subject.store.release(waiting, 1, {
        progress: progressWith(1),
        pushes: 0,
        sweepAtMs: past + 40,
      })

      expect(await subject.store.listOrphans(past + 50, 10, 'untried')).toEqual([
        first,
        renewed,
        third,
        waiting,
      ])
      expect(await subject.store.listOrphans(past + 50, 2, 'untried')).toEqual([first, renewed])
      expect(await subject.store.listOrphans(past + 10, 10, 'untried')).toEqual([])
      await subject.store.takeOver(first, { nowMs: past + 50, leaseUntilMs: past + 90 })
      expect(await subject.store.listOrphans(past + 95, 10, 'untried')).toEqual([
        renewed,
        third,
        waiting,
        first,
      ])
      expect(await subject.store.listOrphans(past + 101, 10, 'untried')).toContain(running)
    })
  })
}
