import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Holder } from '../../lib/core/conversation/ticket-lock.ts'
import type { TicketLock } from '../../lib/ports.ts'

export interface LockWorld {
  /** Another process's way to the same lines. */
  newLock(): TicketLock
  close(): Promise<void>
}

const T = 1_700_000_000_000
const LEASE_MS = 15_000

/** What every `TicketLock` promises. Each case has a conversation of its own. */
export const ticketLockContract = (name: string, start: () => Promise<LockWorld>): void => {
  describe(`the line of a conversation: ${name}`, () => {
    let world: LockWorld
    let count = 0
    beforeAll(async () => {
      world = await start()
    })
    afterAll(() => world.close())

    const newConversation = () => {
      count += 1
      return { from: '@RBT#bot', to: `user ${count} "é"` }
    }
    const at = (nowMs: number, holder: string): Holder => ({ id: holder, nowMs, leaseMs: LEASE_MS })

    it('gives out tickets in order, and tells when the one before was given out', async () => {
      const conversation = newConversation()

      const first = await world.newLock().queueUp(conversation, T)
      const second = await world.newLock().queueUp(conversation, T + 5)

      expect(first).toEqual({ conversation, number: 1, issuedAtMs: T, previousAtMs: 0 })
      expect(second).toEqual({ conversation, number: 2, issuedAtMs: T + 5, previousAtMs: T })
    })

    it('gives many at once a ticket each', async () => {
      const conversation = newConversation()

      const places = await Promise.all(
        Array.from({ length: 20 }, () => world.newLock().queueUp(conversation, T)),
      )

      const tickets = places.map(({ number }) => number).sort((a, b) => a - b)
      expect(tickets).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
    })

    it('lets one in after another', async () => {
      const line = world.newLock()
      const conversation = newConversation()
      const first = await line.queueUp(conversation, T)
      const second = await line.queueUp(conversation, T)

      expect(await line.enter(second, at(T, 'b'))).toBe('waiting')
      expect(await line.enter(first, at(T, 'a'))).toBe('begun')
      expect(await line.enter(second, at(T, 'b'))).toBe('waiting')
      await line.leave(first, at(T + 100, 'a'), 'done')
      expect(await line.enter(second, at(T + 100, 'b'))).toBe('begun')
      expect(await line.enter(first, at(T + 100, 'a'))).toBe('passed')
    })

    it('keeps conversations apart', async () => {
      const line = world.newLock()
      const one = await line.queueUp(newConversation(), T)
      const other = await line.queueUp(newConversation(), T)

      expect(await line.enter(one, at(T, 'a'))).toBe('begun')
      expect(await line.enter(other, at(T, 'b'))).toBe('begun')
    })

    it('lets one of many in who hold the same ticket, and that one again', async () => {
      const conversation = newConversation()
      const ticket = await world.newLock().queueUp(conversation, T)

      const outcomes = await Promise.all(
        ['a', 'b', 'c'].map((holder) => world.newLock().enter(ticket, at(T, holder))),
      )

      expect([...outcomes].sort()).toEqual(['begun', 'held', 'held'])
      const holder = ['a', 'b', 'c'][outcomes.indexOf('begun')] ?? ''
      expect(await world.newLock().enter(ticket, at(T + 1, holder))).toBe('begun')
    })

    it('keeps a ticket for as long as its holder says so, and a lease longer', async () => {
      const line = world.newLock()
      const conversation = newConversation()
      const first = await line.queueUp(conversation, T)
      const second = await line.queueUp(conversation, T)
      await line.enter(first, at(T, 'a'))

      expect(await line.stay(first, at(T + 14_000, 'a'))).toBe(true)
      expect(await line.enter(second, at(T + 29_000, 'b'))).toBe('waiting')
      expect(await line.enter(second, at(T + 29_001, 'b'))).toBe('begun')
      expect(await line.stay(first, at(T + 29_002, 'a'))).toBe(false)
      await line.leave(first, at(T + 29_002, 'a'), 'done')
      expect(await line.stay(second, at(T + 29_003, 'b'))).toBe(true)
    })

    it('hands the event of who waits to who leaves the ticket before, and to nobody else', async () => {
      const line = world.newLock()
      const conversation = newConversation()
      const [first, second, third] = [
        await line.queueUp(conversation, T),
        await line.queueUp(conversation, T),
        await line.queueUp(conversation, T),
      ]
      const waited = (nowMs: number, id: string) => ({ ...at(nowMs, id), hasWaited: true })
      const event = { kind: 'turn', turn: { text: 'é "quoted" 👋 \ud83c' } }

      await line.enter(first, at(T, 'a'), { of: 'first' })
      expect(await world.newLock().enter(second, at(T, 'b'), event)).toBe('waiting')
      expect(await line.enter(third, at(T, 'c'), { of: 'third' })).toBe('waiting')
      expect(await line.enter(second, at(T + 1, 'b'), event)).toBe('waiting')

      expect(await line.leave(second, at(T + 2, 'b'), 'done')).toBeUndefined()
      expect(await world.newLock().leave(first, at(T + 2, 'a'), 'done')).toEqual(event)
      expect(await line.enter(second, at(T + 3, 'd'), event)).toBe('begun')
      expect(await line.enter(second, waited(T + 4, 'b'), event)).toBe('elsewhere')
      expect(await line.leave(second, at(T + 5, 'd'), 'done')).toEqual({ of: 'third' })
      expect(await line.enter(second, waited(T + 6, 'b'), event)).toBe('elsewhere')
    })

    it('keeps no event that is long, or of one far behind', async () => {
      const line = world.newLock()
      const conversation = newConversation()
      const first = await line.queueUp(conversation, T)
      const second = await line.queueUp(conversation, T)
      await line.enter(first, at(T, 'a'))

      await line.enter(second, at(T, 'b'), { text: 'x'.repeat(20_000) })

      expect(await line.leave(first, at(T + 1, 'a'), 'done')).toBeUndefined()
    })

    it('keeps the place of a message that comes again', async () => {
      const line = world.newLock()
      const conversation = newConversation()
      const first = await line.queueUp(conversation, T)
      const second = await line.queueUp(conversation, T)
      await line.enter(first, at(T, 'a'))

      await line.leave(first, at(T + 10, 'a'), 'comesAgain')

      expect(await line.enter(second, at(T + 20, 'b'))).toBe('waiting')
      expect(await line.enter(first, at(T + 30, 'c'))).toBe('begun')
    })

    it('goes on where it knows nothing of a line any more', async () => {
      const line = world.newLock()
      const conversation = newConversation()
      const lost = { conversation, number: 7, issuedAtMs: T, previousAtMs: T }

      expect(await line.enter(lost, at(T, 'a'))).toBe('begun')
      expect(await line.queueUp(conversation, T)).toMatchObject({ number: 8 })
    })
  })
}
