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
        await subject.store.claimMessage(msgKey, first, conversation),
        await subject.store.claimMessage(msgKey, second, conversation),
        await subject.newStore().claimMessage(msgKey, first, conversation),
      ]

      expect(before).toBeUndefined()
      expect(claims).toEqual(['own', 'other', 'own'])
      expect(await subject.store.findByMsgKey(msgKey)).toBe(first)
    })

    it('has one winner among many', async () => {
      const msgKey = `1_2_${newId()}` as MsgKey

      const claims = await Promise.all(
        Array.from({ length: 10 }, () =>
          subject.newStore().claimMessage(msgKey, newId(), conversation),
        ),
      )

      expect(claims.filter((claim) => claim === 'own')).toHaveLength(1)
    })
  })

  describe('keepStop', () => {
    const other = { ...conversation, to: 'somebody else' }

    it('is found by whoever claims the message, as often as it is claimed', async () => {
      const replyId = newId()
      const msgKey = `1_2_${replyId}` as MsgKey

      const kept = await subject.store.keepStop(msgKey, conversation)
      const claims = [
        await subject.newStore().claimMessage(msgKey, replyId, conversation),
        await subject.store.claimMessage(msgKey, replyId, conversation),
        await subject.store.claimMessage(msgKey, newId(), conversation),
      ]

      expect(kept).toBeUndefined()
      expect(claims).toEqual(['stopped', 'stopped', 'other'])
      expect(await subject.store.findByMsgKey(msgKey)).toBe(replyId)
    })

    it('is nothing to a reply of another conversation', async () => {
      const replyId = newId()
      const msgKey = `1_2_${replyId}` as MsgKey

      await subject.store.keepStop(msgKey, other)

      expect(await subject.store.findByMsgKey(msgKey)).toBeUndefined()
      expect(await subject.store.claimMessage(msgKey, replyId, conversation)).toBe('own')
    })

    it('names the reply that has claimed the message, and keeps nothing', async () => {
      const replyId = newId()
      const msgKey = `1_2_${replyId}` as MsgKey
      await subject.store.claimMessage(msgKey, replyId, conversation)

      expect(await subject.newStore().keepStop(msgKey, conversation)).toBe(replyId)
      expect(await subject.store.claimMessage(msgKey, replyId, conversation)).toBe('own')
    })

    it('and a claim at the same moment never miss each other', async () => {
      for (let round = 0; round < 8; round += 1) {
        const replyId = newId()
        const msgKey = `1_2_${replyId}` as MsgKey

        const [kept, claim] = await Promise.all([
          subject.store.keepStop(msgKey, conversation),
          subject.newStore().claimMessage(msgKey, replyId, conversation),
        ])

        expect(kept === replyId || claim === 'stopped').toBe(true)
      }
    })
  })

  describe('listUnsettled', () => {
    const past = 2_000_000
    const endedAt = async (lookAgainAtMs: number | undefined) => {
      const replyId = await begun(subject.store)
      const ending = { status: 'finished', progress: progressWith(1) } as const
      const again = lookAgainAtMs === undefined ? {} : { lookAgainAtMs }
      await subject.store.end(replyId, 1, { ...ending, ...again })
      return replyId
    }

    it('lists ended replies that shall be looked at again, the longest ago first, until they are settled', async () => {
      const second = await endedAt(past + 20)
      const first = await endedAt(past + 10)
      await endedAt(undefined)
      const later = await endedAt(past + 90)
      const open = await begun(subject.store, {}, past + 5)

      expect(await subject.store.listUnsettled(past + 50, 10)).toEqual([first, second])
      expect(await subject.store.listUnsettled(past + 50, 1)).toEqual([first])
      expect(await subject.store.listOrphans(past + 50, 1_000, 'untried')).not.toContain(first)
      await subject.store.settleEnded(first)
      await subject.store.settleEnded(open)
      await subject.store.settleEnded(newId())
      expect(await subject.store.listUnsettled(past + 95, 10)).toEqual([second, later])
      expect(await subject.store.read(first)).toMatchObject({ status: 'finished' })
      expect(await subject.store.listOrphans(past + 50, 1_000, 'untried')).toContain(open)
      await subject.store.end(open, 1, { status: 'finished', progress: progressWith(1) })
    })
  })

  it('an ended reply whose look has failed comes up again when it is told to, behind the others', async () => {
    const past = 1_800_000
    const endedAt = async (lookAgainAtMs: number) => {
      const replyId = await begun(subject.store)
      const ending = { status: 'finished', progress: progressWith(1), lookAgainAtMs } as const
      await subject.store.end(replyId, 1, ending)
      return replyId
    }
    const first = await endedAt(past + 10)
    const second = await endedAt(past + 20)

    await subject.store.settleEnded(first, past + 60)

    expect(await subject.store.listUnsettled(past + 50, 10)).toEqual([second])
    expect(await subject.store.listUnsettled(past + 70, 10)).toEqual([second, first])
    for (const replyId of [first, second]) await subject.store.settleEnded(replyId)
    expect(await subject.store.listUnsettled(past + 70, 10)).toEqual([])
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
