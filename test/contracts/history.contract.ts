import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_HISTORY_BYTES } from '../../lib/core/conversation/bounded-history.ts'
import type { PastTurn } from '../../lib/core/conversation/source-request.ts'
import type { Conversation, ReplyId } from '../../lib/core/reply/reply.ts'
import type { ConversationHistory } from '../../lib/ports.ts'

export const MAX_TURNS = 5
/** Seven days. */
export const HOURS = 168

export interface HistoryWorld {
  /** Another process's way to the same histories, of `MAX_TURNS` turns each, for `HOURS`; its clock says what `setNow` said last. */
  newHistory(): ConversationHistory
  setNow(nowMs: number): void
  close(): Promise<void>
}

const T = 1_700_000_000_000
const REMEMBERED_MS = HOURS * 3_600_000

const turn = (n: number | string, texts: Partial<PastTurn> = {}): PastTurn => ({
  replyId: `turn:${n}` as ReplyId,
  asked: `question ${n}`,
  answered: `answer ${n}`,
  ...texts,
})
const turns = (...numbers: readonly number[]) => numbers.map((n) => turn(n))

/** What every `ConversationHistory` promises. */
export const historyContract = (name: string, start: () => Promise<HistoryWorld>): void => {
  describe(`the history of a conversation: ${name}`, () => {
    let world: HistoryWorld
    let conversations = 0
    beforeAll(async () => {
      world = await start()
      world.setNow(T)
    })
    afterAll(() => world.close())

    const newConversation = (): Conversation => {
      conversations += 1
      return { from: '@RBT#bot', to: `user-${conversations}` }
    }
    const rememberAll = async (conversation: Conversation, past: readonly PastTurn[]) => {
      for (const one of past) await world.newHistory().remember(conversation, one)
    }

    it('is empty at first', async () => {
      expect(await world.newHistory().recall(newConversation())).toEqual([])
    })

    it('is recalled from the oldest turn to the newest, by any process', async () => {
      const conversation = newConversation()

      await rememberAll(conversation, turns(3, 1, 2))

      expect(await world.newHistory().recall(conversation)).toEqual(turns(3, 1, 2))
    })

    it('is nobody else’s', async () => {
      const conversation = newConversation()
      const { from, to } = conversation
      await rememberAll(conversation, turns(1))

      const others = [
        { from: to, to: from },
        { from, to: `${to}x` },
        { from: `${from}${to}`, to: '' },
      ]

      for (const other of others) expect(await world.newHistory().recall(other)).toEqual([])
    })

    it('does not change when a turn is remembered again', async () => {
      const conversation = newConversation()
      await rememberAll(conversation, turns(1, 2))

      await world.newHistory().remember(conversation, turn(1, { answered: 'something else' }))

      expect(await world.newHistory().recall(conversation)).toEqual(turns(1, 2))
    })

    it('keeps the newest turns', async () => {
      const conversation = newConversation()

      await rememberAll(conversation, turns(1, 2, 3, 4, 5, 6, 7))

      expect(await world.newHistory().recall(conversation)).toEqual(turns(3, 4, 5, 6, 7))
    })

    it('keeps as much text as it may', async () => {
      const conversation = newConversation()
      const large = (n: number, part: number) =>
        turn(n, { asked: '?', answered: 'x'.repeat(MAX_HISTORY_BYTES * part) })

      await rememberAll(conversation, [large(1, 0.5), large(2, 0.25), large(3, 0.5)])

      expect(await world.newHistory().recall(conversation)).toEqual([large(2, 0.25), large(3, 0.5)])
    })

    it('gives every text back as it was', async () => {
      const conversation = newConversation()
      const strange = [
        turn('a', { asked: '你好 👩‍👩‍👧 "\\\n\u0000', answered: '\ud83c half of a pair' }),
        turn('b', { asked: '', answered: '' }),
      ]

      await rememberAll(conversation, strange)

      expect(await world.newHistory().recall(conversation)).toEqual(strange)
    })

    it('loses no turn when several writers come at once', async () => {
      const conversation = newConversation()

      await Promise.all(
        turns(1, 2, 3, 4, 5).map((one) => world.newHistory().remember(conversation, one)),
      )

      const names = (await world.newHistory().recall(conversation)).map(({ replyId }) => replyId)
      expect(names.sort()).toEqual(turns(1, 2, 3, 4, 5).map(({ replyId }) => replyId))
    })

    it('is forgotten its hours after the last turn, and begins anew', async () => {
      const conversation = newConversation()
      const history = world.newHistory()
      await history.remember(conversation, turn(1))
      world.setNow(T + REMEMBERED_MS / 2)
      await history.remember(conversation, turn(2))

      world.setNow(T + 1.4 * REMEMBERED_MS)
      expect(await history.recall(conversation)).toEqual(turns(1, 2))
      world.setNow(T + 1.6 * REMEMBERED_MS)
      expect(await history.recall(conversation)).toEqual([])
      await history.remember(conversation, turn(3))
      expect(await history.recall(conversation)).toEqual(turns(3))
      world.setNow(T)
    })

    it('is forgotten at once where that is asked for, and nobody else’s is', async () => {
      const conversation = newConversation()
      const other = newConversation()
      await rememberAll(conversation, turns(1, 2))
      await rememberAll(other, turns(1))
      const history = world.newHistory()

      await history.forget(conversation)
      await history.forget(newConversation())

      expect(await history.recall(conversation)).toEqual([])
      expect(await history.recall(other)).toEqual(turns(1))
      await history.remember(conversation, turn(3))
      expect(await world.newHistory().recall(conversation)).toEqual(turns(3))
    })
  })
}
