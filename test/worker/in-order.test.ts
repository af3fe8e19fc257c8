import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Successor, Ticket, WakeEvent } from '../../lib/core/conversation/ticket-lock.ts'
import type { TicketLock } from '../../lib/ports.ts'
import { workInOrder } from '../../lib/worker/in-order.ts'
import { memoryTicketLock } from '../../local/memory/ticket-lock.ts'
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts'

const LEASE_MS = 15_000
const LAST_START_MS = 60_000
const conversation = { from: '@RBT#bot', to: 'user01' }
const silent = { info: () => {}, warn: () => {} }

/** A message, and what becomes of the invocation that works on it. */
interface Message {
  readonly comesAtMs: number
  readonly startMs: number
  readonly workMs: number
  readonly fate: 'done' | 'fails' | 'dies at work' | 'never starts'
}

/** What an invocation is made with. */
interface Event {
  readonly ticket: Ticket
  readonly message: Message
  readonly successor?: Successor
}

interface Stretch {
  readonly ticket: number
  readonly fromMs: number
  readonly toMs: number
}

const stalled = new Promise<never>(() => {})

/** The lock as one invocation sees it: every call takes its time, and none answers once it is dead. */
const distant = (
  lock: TicketLock,
  clock: VirtualClock,
  latencyMs: () => number,
  isDead: () => boolean,
  looked: () => void = () => {},
): TicketLock => {
  const over = async <T>(call: () => Promise<T>): Promise<T> => {
    await clock.sleep(latencyMs())
    const answer = isDead() ? stalled : await call()
    await clock.sleep(latencyMs())
    return answer
  }
  return {
    queueUp: (...given) => over(() => lock.queueUp(...given)),
    enter: (...given) => {
      looked()
      return over(() => lock.enter(...given))
    },
    stay: (...given) => over(() => lock.stay(...given)),
    leave: (...given) => over(() => lock.leave(...given)),
  }
}

const world = (latencies: readonly number[]) => {
  const clock = virtualClock()
  const startMs = clock.now()
  const shared = memoryTicketLock()
  const stretches: Stretch[] = []
  let drawn = 0
  let looks = 0
  const latencyMs = () => {
    drawn += 1
    return latencies[drawn % latencies.length] ?? 0
  }

  const woken: Promise<void>[] = []
  const wake = async (event: WakeEvent): Promise<void> => {
    await clock.sleep(latencyMs())
    const { ticket, message, successor } = event as unknown as Event
    const invoked = invoke(ticket, message, successor).catch(() => {})
    woken.push(message.fate === 'dies at work' ? Promise.resolve() : invoked)
  }

  const invoke = async (ticket: Ticket, message: Message, successor?: Successor): Promise<void> => {
    if (message.fate === 'never starts') return
    await clock.sleep(message.startMs)
    let isDead = false
    const looked = () => {
      looks += 1
    }
    const lock = distant(shared, clock, latencyMs, () => isDead, looked)
    const work = async () => {
      const fromMs = clock.now() - startMs
      await clock.sleep(message.workMs)
      stretches.push({ ticket: ticket.number, fromMs, toMs: clock.now() - startMs })
      isDead = message.fate === 'dies at work'
      if (isDead) await stalled
      if (message.fate === 'fails') throw new Error('planned')
      return { done: true } as const
    }
    const deps = { lock, clock, random: Math.random, log: silent, invoke: wake }
    const eventWith = (mine: Ticket): WakeEvent => ({ ticket: mine, message })
    const startBy = new AbortController()
    void clock.sleep(LAST_START_MS).then(() => startBy.abort())
    const again = await workInOrder(
      deps,
      LEASE_MS,
      ticket,
      { work, eventWith, successor },
      startBy.signal,
    )
    if (again !== undefined) {
      const event = again as unknown as Event
      await invoke(event.ticket, message, event.successor)
    }
  }
  const take = async (message: Message): Promise<void> => {
    await clock.sleep(message.comesAtMs)
    const lock = distant(
      shared,
      clock,
      () => 20,
      () => false,
    )
    const ticket = await lock.queueUp(conversation, clock.now())
    const invoked = invoke(ticket, message).catch(() => {})
    if (message.fate !== 'dies at work') await invoked
  }
  return {
    stretches,
    looks: () => looks,
    /** How long it takes until every message that can be worked on has been. */
    run: async (messages: readonly Message[]): Promise<number> => {
      await clock.run(Promise.all(messages.map(take)))
      // Each of them may wake another one.
      for (const each of woken) await clock.run(each)
      return clock.now() - startMs
    },
  }
}

const message = fc.record<Message>({
  comesAtMs: fc.integer({ min: 0, max: 30_000 }),
  startMs: fc.integer({ min: 0, max: 4_000 }),
  workMs: fc.integer({ min: 0, max: 40_000 }),
  fate: fc.oneof(
    { weight: 4, arbitrary: fc.constant('done' as const) },
    fc.constantFrom('fails' as const, 'dies at work' as const, 'never starts' as const),
  ),
})
const latencies = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 20 })

describe('the messages of a conversation, each worked on by an invocation of its own', () => {
  it('are worked on one at a time, in order, all of them, whoever dies', async () => {
    const messages = fc.array(message, { minLength: 1, maxLength: 8 })

    await fc.assert(
      fc.asyncProperty(messages, latencies, async (given, delays) => {
        const { run, stretches } = world(delays)

        const tookMs = await run(given)

        const byTime = stretches.toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)
        for (const [n, { fromMs, ticket }] of byTime.entries()) {
          const before = byTime[n - 1]
          if (before === undefined) continue
          expect(fromMs).toBeGreaterThanOrEqual(before.toMs)
          expect(ticket).toBeGreaterThan(before.ticket)
        }
        const mayWork = given.filter(({ fate }) => fate === 'done' || fate === 'fails')
        expect(byTime.length).toBeGreaterThanOrEqual(mayWork.length)
        const workMs = given.reduce((sum, one) => sum + one.workMs, 0)
        expect(tookMs).toBeLessThan(40_000 + workMs + given.length * (2 * LEASE_MS + 6_000))
      }),
      { numRuns: 150 },
    )
  })

  const quick: Message = { comesAtMs: 0, startMs: 0, workMs: 1_000, fate: 'done' }

  it('begin in the order of their tickets, though the later one starts first', async () => {
    const { run, stretches } = world([10])

    await run([
      { ...quick, startMs: 3_000 },
      { ...quick, comesAtMs: 5 },
    ])

    expect(stretches.map(({ ticket }) => ticket)).toEqual([1, 2])
    expect(stretches[0]?.fromMs).toBeLessThan(3_100)
  })

  it('begin as soon as the one before is done, woken by it, and look every two seconds beside', async () => {
    const { run, stretches, looks } = world([10])

    await run([
      { ...quick, workMs: 19_000 },
      { ...quick, comesAtMs: 5 },
      { ...quick, comesAtMs: 10 },
    ])

    expect(stretches.map(({ ticket }) => ticket)).toEqual([1, 2, 3])
    for (const [n, { fromMs }] of stretches.slice(1).entries()) {
      expect(fromMs - (stretches[n]?.toMs ?? 0)).toBeLessThan(200)
    }
    // Two that wait for 20 s, one that waits for a second more, and each its beginning.
    expect(looks()).toBeLessThan(30)
  })

  it('begin a lease after one that died, though nobody was woken', async () => {
    const { run, stretches } = world([10])

    await run([
      { ...quick, fate: 'dies at work' },
      { ...quick, comesAtMs: 5 },
    ])

    const [died, next] = stretches
    expect((next?.fromMs ?? 0) - (died?.toMs ?? 0)).toBeGreaterThan(LEASE_MS - 6_000)
    expect((next?.fromMs ?? 0) - (died?.toMs ?? 0)).toBeLessThan(LEASE_MS + 2_500)
  })

  it('wait a lease for one that was lost', async () => {
    const { run, stretches } = world([10])

    await run([
      { ...quick, fate: 'never starts' },
      { ...quick, comesAtMs: 1_000 },
    ])

    expect(stretches).toHaveLength(1)
    expect(stretches[0]?.fromMs).toBeGreaterThan(LEASE_MS)
    expect(stretches[0]?.fromMs).toBeLessThan(1_000 + LEASE_MS + 2_500)
  })

  it('do not wait for all that were lost while nobody was there', async () => {
    const { run, stretches } = world([10])
    const lost = Array.from({ length: 30 }, (_, n): Message => {
      return { ...quick, comesAtMs: n * 100, fate: 'never starts' }
    })

    await run([...lost, { ...quick, comesAtMs: 100_000 }])

    expect(stretches.map(({ ticket }) => ticket)).toEqual([31])
    expect(stretches[0]?.fromMs).toBeLessThan(100_500)
  })

  it('go on in another invocation where the wait is long', async () => {
    const { run, stretches } = world([10])

    await run([
      { ...quick, workMs: 200_000 },
      { ...quick, comesAtMs: 100 },
    ])

    expect(stretches.map(({ ticket }) => ticket)).toEqual([1, 2])
    expect(stretches[1]?.fromMs).toBeLessThan(202_000)
  })

  it('take a new ticket where others have stepped past', async () => {
    const { run, stretches } = world([10])

    await run([{ ...quick, startMs: 20_000 }, quick])

    expect(stretches).toHaveLength(2)
    expect(stretches[1]?.fromMs).toBeGreaterThanOrEqual(stretches[0]?.toMs ?? Number.NaN)
  })
})
