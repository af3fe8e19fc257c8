import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NotedTurn } from '../../lib/core/conversation/user-limits.ts'
import type { Conversation, ReplyId } from '../../lib/core/reply/reply.ts'
import type { UserRecords } from '../../lib/ports.ts'

export interface UserRecordsWorld {
  /** Another process's way to the same records; its clock says what `setNow` said last. */
  newRecords(): UserRecords
  setNow(nowMs: number): void
  close(): Promise<void>
}

const T = 1_700_000_000_000
const turn = (n: number): NotedTurn => ({
  replyId: `turn:${n}_2_1700000000` as ReplyId,
  askedAtMs: T + n,
})
const sorted = (turns: readonly NotedTurn[]) => turns.toSorted((a, b) => a.askedAtMs - b.askedAtMs)

/** What every `UserRecords` promises. */
export const userRecordsContract = (name: string, start: () => Promise<UserRecordsWorld>): void => {
  describe(`what is known of a user: ${name}`, () => {
    let world: UserRecordsWorld
    let users = 0
    beforeAll(async () => {
      world = await start()
      world.setNow(T)
    })
    afterAll(() => world.close())

    const newUser = (): Conversation => {
      users += 1
      return { from: '@RBT#bot', to: `user-${users}` }
    }

    it('is nothing at first, and then each turn that came before', async () => {
      const user = newUser()

      expect(await world.newRecords().note(user, turn(1))).toEqual({ turns: [] })
      expect(await world.newRecords().note(user, turn(2))).toEqual({ turns: [turn(1)] })
      const { turns } = await world.newRecords().note(user, turn(3))

      expect(sorted(turns)).toEqual([turn(1), turn(2)])
    })

    it('is of that user and that bot alone', async () => {
      const user = newUser()
      await world.newRecords().note(user, turn(1))

      const { from, to } = user
      for (const other of [newUser(), { from: `${from}2`, to }, { from: to, to: from }]) {
        expect(await world.newRecords().note(other, turn(2))).toEqual({ turns: [] })
      }
    })

    it('holds a turn once that is noted twice', async () => {
      const user = newUser()
      await world.newRecords().note(user, turn(1))

      expect(await world.newRecords().note(user, turn(1))).toEqual({ turns: [turn(1)] })
      expect(await world.newRecords().note(user, turn(2))).toEqual({ turns: [turn(1)] })
    })

    it('is counted one after another, however many come at once', async () => {
      const user = newUser()
      const numbers = Array.from({ length: 20 }, (_, n) => n)

      const seen = await Promise.all(numbers.map((n) => world.newRecords().note(user, turn(n))))

      const counts = seen.map(({ turns }) => turns.length)
      expect(counts.toSorted((a, b) => a - b)).toEqual(numbers)
    })

    it('is without the turns that were dropped', async () => {
      const user = newUser()
      for (const n of [1, 2, 3]) await world.newRecords().note(user, turn(n))

      await world.newRecords().drop(user, [turn(1), turn(3), turn(7)])
      await world.newRecords().drop(user, [])
      await world.newRecords().drop(newUser(), [turn(1)])

      expect(await world.newRecords().note(user, turn(4))).toEqual({ turns: [turn(2)] })
    })

    it('says until when a person answers', async () => {
      const user = newUser()
      const records = world.newRecords()

      await records.pause(user, T + 1_000)
      expect(await records.note(user, turn(1))).toEqual({ turns: [], pausedUntilMs: T + 1_000 })
      await records.pause(user, T + 2_000)
      expect(await records.note(user, turn(1))).toMatchObject({ pausedUntilMs: T + 2_000 })
      world.setNow(T + 2_000)
      expect(await records.note(user, turn(1))).toEqual({ turns: [turn(1)] })
      world.setNow(T)
      await records.resume(user)
      expect(await records.note(user, turn(1))).toEqual({ turns: [turn(1)] })
    })

    it('gives the notice of a pause to one turn alone, and to that one again', async () => {
      const user = newUser()
      const records = world.newRecords()
      const [first, second] = [turn(1).replyId, turn(2).replyId]
      const claim = (replyId: ReplyId) => world.newRecords().claimPauseNotice(user, replyId)

      await records.pause(user, T + 1_000)
      expect([await claim(first), await claim(second), await claim(first)]).toEqual([
        true,
        false,
        true,
      ])
      await records.resume(user)
      await records.pause(user, T + 1_000)
      expect([await claim(second), await claim(first)]).toEqual([true, false])
    })

    it('is nothing again once it is forgotten', async () => {
      const user = newUser()
      const records = world.newRecords()
      await records.note(user, turn(1))
      await records.pause(user, T + 1_000)

      await records.forget(user)
      await records.forget(newUser())

      expect(await records.note(user, turn(2))).toEqual({ turns: [] })
    })
  })
}
