import { describe, expect, it } from 'vitest'
import { type Errand, workInOrder } from '../../lib/worker/in-order.ts'
import { memoryTicketLock } from '../../local/memory/ticket-lock.ts'
import { never } from '../support/unhurried.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const LEASE_MS = 15_000
const conversation = { from: '@RBT#bot', to: 'user01' }
const silent = { info: () => {}, warn: () => {} }

const errand = (work: Errand['work']): Errand => ({ work, eventWith: (ticket) => ({ ticket }) })

describe('an invocation that waits in the line', () => {
  it('ends where another one works under its ticket by now, but not where it is the first thing that it sees', async () => {
    const clock = virtualClock()
    const lock = memoryTicketLock()
    const deps = { lock, clock, random: () => 0.5, log: silent, invoke: async () => {} }
    const holder = (id: string) => ({ id, nowMs: clock.now(), leaseMs: LEASE_MS })
    const first = await lock.queueUp(conversation, clock.now())
    const ticket = await lock.queueUp(conversation, clock.now())
    await lock.enter(first, holder('first'))
    let worked = 0
    const work = async () => {
      worked += 1
      return { done: true } as const
    }

    const waiting = workInOrder(deps, LEASE_MS, ticket, errand(work), never)
    await clock.run(clock.sleep(1_000))
    const event = await lock.leave(first, holder('first'), 'done')
    await lock.enter(ticket, holder('woken'))
    const again = await clock.run(waiting)
    const workedBySecond = worked
    await clock.run(workInOrder(deps, LEASE_MS, ticket, errand(work), never))

    expect(event).toEqual({ ticket, successor: { id: expect.any(String), isWoken: true } })
    expect([again, workedBySecond]).toEqual([undefined, 0])
    // The one that was woken showed no sign for a lease.
    expect(worked).toBe(1)
  })

  it('gives its ticket back when its own time is over', async () => {
    const clock = virtualClock()
    const lock = memoryTicketLock()
    const deps = { lock, clock, random: () => 0.5, log: silent, invoke: async () => {} }
    await lock.queueUp(conversation, clock.now())
    const ticket = await lock.queueUp(conversation, clock.now())
    const over = new AbortController()
    const stop = clock.sleep(2_000).then(() => over.abort())
    let worked = false
    const work = async () => {
      worked = true
      return { done: true } as const
    }

    const again = await clock.run(workInOrder(deps, LEASE_MS, ticket, errand(work), over.signal))

    await stop
    expect(again).toMatchObject({ ticket, successor: { isWoken: false } })
    expect(worked).toBe(false)
    expect(clock.pending()).toBe(0)
  })

  it('tries again what is not done, and keeps its ticket for another invocation when its time is over', async () => {
    const clock = virtualClock()
    const lock = memoryTicketLock()
    const deps = { lock, clock, random: () => 0.5, log: silent, invoke: async () => {} }
    const ticket = await lock.queueUp(conversation, clock.now())
    const next = await lock.queueUp(conversation, clock.now())
    const over = new AbortController()
    const stop = clock.sleep(25_000).then(() => over.abort())
    let tries = 0
    const work = async () => {
      tries += 1
      return { done: false, retryAfterMs: 10_000 } as const
    }

    const again = await clock.run(workInOrder(deps, LEASE_MS, ticket, errand(work), over.signal))

    await stop
    expect([again, tries]).toEqual([{ ticket }, 3])
    expect(await lock.enter(next, { id: 'next', nowMs: clock.now(), leaseMs: LEASE_MS })).toBe(
      'waiting',
    )
    expect(await lock.enter(ticket, { id: 'same', nowMs: clock.now(), leaseMs: LEASE_MS })).toBe(
      'begun',
    )
    expect(clock.pending()).toBe(0)
  })

  it('lets the next one in and then tells that its work failed', async () => {
    const clock = virtualClock()
    const lock = memoryTicketLock()
    const deps = { lock, clock, random: () => 0.5, log: silent, invoke: async () => {} }
    const ticket = await lock.queueUp(conversation, clock.now())
    const next = await lock.queueUp(conversation, clock.now())
    const fail = async () => {
      throw new Error('planned')
    }

    await expect(
      clock.run(workInOrder(deps, LEASE_MS, ticket, errand(fail), never)),
    ).rejects.toThrow('planned')

    const holder = { id: 'next', nowMs: clock.now(), leaseMs: LEASE_MS }
    expect(await lock.enter(next, holder)).toBe('begun')
    expect(clock.pending()).toBe(0)
  })
})
