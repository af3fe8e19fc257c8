import { describe, expect, it } from 'vitest'
import {
  enterLock,
  type LockState,
  leaveLock,
  parseTicket,
  type Ticket,
} from '../../../lib/core/conversation/ticket-lock.ts'

const LEASE_MS = 10_000
const T = 1_000_000
const ticket = (number: number, changes: Partial<Ticket> = {}): Ticket => ({
  conversation: { from: '@RBT#bot', to: 'user' },
  number,
  issuedAtMs: T,
  previousAtMs: T - 1_000,
  ...changes,
})
const holder = (id: string, nowMs: number) => ({ id, nowMs, leaseMs: LEASE_MS })
const begunBy = (heldBy: string, serving: number, nowMs: number) => ({
  outcome: 'begun',
  next: {
    serving,
    keptUntilMs: nowMs + LEASE_MS,
    heldBy,
    begun: [{ number: serving, by: heldBy }],
  },
})
/** Ticket 3 is served by `a`, whose place is kept until `T + 5 s`. */
const taken: LockState = { serving: 3, keptUntilMs: T + 5_000, heldBy: 'a' }
const free: LockState = { serving: 3, keptUntilMs: T + 5_000 }

describe('a ticket', () => {
  it('is the first where nothing is known of the line', () => {
    expect(enterLock(undefined, ticket(7), holder('b', T))).toEqual(begunBy('b', 7, T))
  })

  it('is served when its time has come and nobody works under it', () => {
    expect(enterLock(free, ticket(3), holder('b', T))).toEqual(begunBy('b', 3, T))
  })

  it('is served on for its own holder, and for another one only when that gave no sign for long', () => {
    expect(enterLock(taken, ticket(3), holder('a', T))).toEqual(begunBy('a', 3, T))
    expect(enterLock(taken, ticket(3), holder('b', T + 5_000))).toEqual({ outcome: 'held' })
    const late = T + 5_001
    expect(enterLock(taken, ticket(3), holder('b', late))).toEqual(begunBy('b', 3, late))
  })

  it('is passed when a later one is served', () => {
    expect(enterLock(taken, ticket(2), holder('b', T))).toEqual({ outcome: 'passed' })
  })

  it('is left to the invocation that was woken for it, by one that has waited, for two seconds', () => {
    const left = leaveLock(ticket(2), holder('a', T), 'done')
    const waiter = (afterMs: number) => ({ ...holder('b', T + afterMs), hasWaited: true })

    expect(enterLock(left, ticket(3), waiter(1_999))).toEqual({ outcome: 'waiting' })
    const woken = { ...waiter(1), id: 'w', isWoken: true }
    expect(enterLock(left, ticket(3), woken)).toMatchObject({ outcome: 'begun' })
    expect(enterLock(left, ticket(3), waiter(2_000))).toMatchObject({ outcome: 'begun' })
  })

  it('is worked under once by who waited and who was woken in its place, whoever of them is first', () => {
    const waiter = { ...holder('b', T), hasWaited: true }
    const woken = { ...holder('w', T), hasWaited: true, isWoken: true }
    const begun = [2, 4, 5, 6, 7, 8, 9].map((number) => ({ number, by: 'b' }))
    const later = { ...free, serving: 12, begun: [{ number: 1, by: 'b' }, ...begun] }

    expect(enterLock({ ...taken, heldBy: 'w' }, ticket(3), waiter).outcome).toBe('elsewhere')
    expect(enterLock({ ...taken, heldBy: 'b' }, ticket(3), woken).outcome).toBe('elsewhere')
    expect(enterLock(later, ticket(2), woken).outcome).toBe('elsewhere')
    // Another try of the one that was woken, and of any: who began may have died.
    expect(enterLock(taken, ticket(3), holder('c', T)).outcome).toBe('held')
    expect(enterLock({ ...taken, heldBy: 'w' }, ticket(3), woken).outcome).toBe('begun')
    expect(enterLock(later, ticket(2), holder('c', T)).outcome).toBe('passed')
    expect(enterLock(later, ticket(3), woken).outcome).toBe('passed')
    expect(enterLock(later, ticket(12), holder('c', T))).toMatchObject({
      next: { begun: [...begun, { number: 12, by: 'c' }] },
    })
  })

  it('waits for the one before it, for a lease from when it was given out', () => {
    expect(enterLock(free, ticket(4), holder('b', T + LEASE_MS))).toEqual({ outcome: 'waiting' })
    const late = T + LEASE_MS + 1
    expect(enterLock(free, ticket(4), holder('b', late))).toEqual(begunBy('b', 4, late))
  })

  it('waits for as long as the place of the one before it is kept', () => {
    const kept = { ...taken, keptUntilMs: T + 30_000 }

    expect(enterLock(kept, ticket(4), holder('b', T + 30_000))).toEqual({ outcome: 'waiting' })
    expect(enterLock(kept, ticket(4), holder('b', T + 30_001)).outcome).toBe('begun')
  })

  it('lets the next of those before it step forward where one did not come', () => {
    const late = T + LEASE_MS + 1

    expect(enterLock(taken, ticket(5), holder('b', late))).toEqual({
      outcome: 'waiting',
      next: { serving: 4, keptUntilMs: late + LEASE_MS },
    })
  })

  it('waits for nobody in a line that was deserted before it came', () => {
    const issuedAtMs = taken.keptUntilMs + 4 * LEASE_MS
    const enter = (afterMs: number, previousAtMs = 0) =>
      enterLock(
        taken,
        ticket(9, { issuedAtMs: issuedAtMs + afterMs, previousAtMs }),
        holder('b', issuedAtMs + afterMs),
      ).outcome

    expect(enter(0)).toBe('waiting')
    expect(enter(1)).toBe('begun')
    expect(enter(1, issuedAtMs)).toBe('waiting')
  })

  it('does not enter a line again that has gone past it, however long ago', () => {
    const later = ticket(3, { issuedAtMs: T + 900_000, previousAtMs: 0 })

    expect(enterLock({ ...free, serving: 4 }, later, holder('b', T + 900_000))).toEqual({
      outcome: 'passed',
    })
    expect(enterLock(taken, later, holder('b', T))).toEqual({ outcome: 'held' })
  })
})

describe('whoever leaves', () => {
  it('lets the next one begin within a lease when its message is done with', () => {
    expect(leaveLock(ticket(3), holder('a', T), 'done')).toEqual({
      serving: 4,
      keptUntilMs: T + LEASE_MS,
    })
  })

  it('keeps the place of a message that comes again', () => {
    expect(leaveLock(ticket(3), holder('a', T), 'comesAgain')).toEqual({
      serving: 3,
      keptUntilMs: T + LEASE_MS,
    })
  })
})

describe('a ticket as text', () => {
  const whole = ticket(3)

  it('is read as it was written', () => {
    expect(parseTicket(JSON.parse(JSON.stringify({ ...whole, more: 1 })))).toEqual(whole)
  })

  it.each([
    ['conversation', undefined],
    ['conversation', { from: 1, to: 'user' }],
    ['conversation', { from: 'bot', to: 2 }],
    ['number', '3'],
    ['issuedAtMs', null],
    ['previousAtMs', undefined],
  ])('is none where %s is %o', (field, value) => {
    expect(parseTicket({ ...whole, [field]: value })).toBeUndefined()
  })

  it.each([undefined, null, 'ticket', 7])('is none where %o stands', (value) => {
    expect(parseTicket(value)).toBeUndefined()
  })
})
