import { fieldsOf } from '../json.ts'
import { parseConversation } from '../reply/conversation.ts'
import type { Conversation } from '../reply/reply.ts'

/*
 * Who of a conversation is worked on, where the platform keeps no order. Tickets are given out in the order in which
 * messages come; one of them is served at a time, and its ticket is kept as long as its holder says that it is there:
 *
 *      begin        stay         stay     leave                              the next has not begun
 *      ──┬────────────┬────────────┬────────┬─────────── keptUntilMs ──────────┬───────────▶ time
 *        │         ticket 3 is served       │  ticket 4 is served, if it begins │  ticket 5
 */

/** A ticket, as its message carries it along. */
export interface Ticket {
  readonly conversation: Conversation
  /** Counts the messages of the conversation, from 1. */
  readonly number: number
  readonly issuedAtMs: number
  /** When the ticket before this one was given out; 0 where there was none. */
  readonly previousAtMs: number
}

/** Where the lock of a conversation stands. */
export interface LockState {
  /** The ticket whose time it is. */
  readonly serving: number
  /** Until when nobody else may step forward. */
  readonly keptUntilMs: number
  /** Who works under that ticket; absent until somebody has begun. */
  readonly heldBy?: string
  /** The last tickets that somebody began to work under, and who; absent where nobody has. */
  readonly begun?: readonly Begun[]
}

interface Begun {
  readonly number: number
  readonly by: string
}

/** Somebody who wants to work, or works, under a ticket. */
export interface Holder {
  /** Names one invocation among all. */
  readonly id: string
  readonly nowMs: number
  /** How long a ticket is kept without a sign of its holder. */
  readonly leaseMs: number
  /** True where its event was left by who waited: whoever leaves the ticket before wakes another invocation for the same. */
  readonly hasWaited?: boolean
  /** True for the one that was woken. */
  readonly isWoken?: boolean
}

export type Entrance =
  /** Its time has come; nobody else of the conversation is at work. */
  | { readonly outcome: 'begun'; readonly next: LockState }
  /** Look again later. With `next`, somebody who did not come was skipped. */
  | { readonly outcome: 'waiting'; readonly next?: LockState }
  /** Somebody holds this very ticket, who may have died: look again later. */
  | { readonly outcome: 'held' }
  /** Another invocation works on the same message, or has: who was woken and who waited do it once. */
  | { readonly outcome: 'elsewhere' }
  /** Others have stepped past: take a new ticket. */
  | { readonly outcome: 'passed' }

/** So many leases without a sign of anybody, and whoever was in the line before is gone. */
const DESERTED_LEASES = 4

const REMEMBERED_TICKETS = 8

const withBegun = (before: readonly Begun[] = [], last: Begun): readonly Begun[] =>
  [...before.filter(({ number }) => number !== last.number), last].slice(-REMEMBERED_TICKETS)

/**
 * Whether who began is another one of those that were made for the same. Who has not waited, nor comes for one that has, may be
 * the platform's next try of one that died; the next try of a successor has its name.
 */
const isElsewhere = (by: string | undefined, { id, hasWaited }: Holder): boolean =>
  by !== undefined && by !== id && hasWaited === true

/** The lock as it is moved on, with what was known of it before. */
export const movedLock = (before: LockState | undefined, next: LockState): LockState =>
  before?.begun === undefined ? next : { begun: before.begun, ...next }

/** So long whoever waited lets the invocation come that was woken in its place, in ms. */
const WAKING_MS = 2_000

const isBeingWoken = (
  { heldBy, keptUntilMs }: LockState,
  { hasWaited, isWoken, nowMs, leaseMs }: Holder,
): boolean => {
  const leftAtMs = keptUntilMs - leaseMs
  return (
    hasWaited === true && isWoken !== true && heldBy === undefined && nowMs < leftAtMs + WAKING_MS
  )
}

/** What keeps a holder from a ticket whose time it is. */
const atItsTime = (lock: LockState, holder: Holder): Entrance | undefined => {
  if (isBeingWoken(lock, holder)) return { outcome: 'waiting' }
  const { heldBy, keptUntilMs } = lock
  const isFree = heldBy === undefined || heldBy === holder.id || holder.nowMs > keptUntilMs
  if (isFree) return undefined
  return { outcome: isElsewhere(heldBy, holder) ? 'elsewhere' : 'held' }
}

/** Decides whether the message of this ticket may be worked on. Where nothing is known of the line, it is the first. */
export const enterLock = (
  lock: LockState | undefined,
  ticket: Ticket,
  holder: Holder,
): Entrance => {
  const { id, nowMs, leaseMs } = holder
  const { number, issuedAtMs } = ticket
  const entered: Entrance = {
    outcome: 'begun',
    next: {
      serving: number,
      keptUntilMs: nowMs + leaseMs,
      heldBy: id,
      begun: withBegun(lock?.begun, { number, by: id }),
    },
  }
  if (lock === undefined || isDeserted(lock, ticket, leaseMs)) return entered
  const { serving, keptUntilMs, begun = [] } = lock
  if (number < serving) {
    const by = begun.find((one) => one.number === number)?.by
    return { outcome: isElsewhere(by, holder) ? 'elsewhere' : 'passed' }
  }
  if (number === serving) return atItsTime(lock, holder) ?? entered
  // Whoever is served now was given a ticket before this one: it has had a lease's time to come since then.
  if (nowMs <= Math.max(keptUntilMs, issuedAtMs + leaseMs)) return { outcome: 'waiting' }
  if (serving + 1 === number) return entered
  return { outcome: 'waiting', next: { serving: serving + 1, keptUntilMs: nowMs + leaseMs } }
}

/**
 * Nobody stepped forward and nobody came for long before this ticket was given out: the earlier ones are of messages that
 * were lost, perhaps many, and waiting for each in turn would take minutes.
 */
const isDeserted = (
  { serving, keptUntilMs }: LockState,
  { number, issuedAtMs, previousAtMs }: Ticket,
  leaseMs: number,
): boolean =>
  number > serving && issuedAtMs - Math.max(keptUntilMs, previousAtMs) > DESERTED_LEASES * leaseMs

/** Whether a message is done with, or its next invocation shall find its ticket as it left it. */
export type Leaving = 'done' | 'comesAgain'

/** The lock once nobody works under this ticket: whoever is served next has a lease's time to begin. */
export const leaveLock = (
  { number }: Ticket,
  { nowMs, leaseMs }: Holder,
  leaving: Leaving,
): LockState => ({
  serving: leaving === 'done' ? number + 1 : number,
  keptUntilMs: nowMs + leaseMs,
})

/** An invocation that another one had made in its place, once it had waited. The platform's next try of it has the same name. */
export interface Successor {
  readonly id: string
  /** Woken because its time has come; else it goes on waiting. */
  readonly isWoken: boolean
}

/** Reads a successor as `JSON.stringify` wrote it; `undefined` for anything else. */
export const parseSuccessor = (value: unknown): Successor | undefined => {
  const { id, isWoken } = fieldsOf(value)
  return typeof id === 'string' && typeof isWoken === 'boolean' ? { id, isWoken } : undefined
}

/** What whoever waits is woken with: the event of its invocation. It may hold what a user wrote. */
export type WakeEvent = Readonly<Record<string, unknown>>

/** So many of a line may leave their events, each of so many characters at most; others look again by themselves. */
const MOST_WAITING = 8
const MOST_EVENT_CHARS = 16_384

/** The event as it is kept for a ticket that waits; `undefined` where it is not. */
export const keptEvent = (
  lock: LockState | undefined,
  { number }: Ticket,
  event: WakeEvent | undefined,
): string | undefined => {
  if (event === undefined || lock === undefined || number > lock.serving + MOST_WAITING) {
    return undefined
  }
  const encoded = JSON.stringify(event)
  return encoded.length > MOST_EVENT_CHARS ? undefined : encoded
}

/** Reads a ticket as `JSON.stringify` wrote it; `undefined` for anything else. */
export const parseTicket = (value: unknown): Ticket | undefined => {
  const { conversation, number, issuedAtMs, previousAtMs } = fieldsOf(value)
  const addressed = parseConversation(conversation)
  if (addressed === undefined) return undefined
  if (typeof number !== 'number' || typeof issuedAtMs !== 'number') return undefined
  if (typeof previousAtMs !== 'number') return undefined
  return { conversation: addressed, number, issuedAtMs, previousAtMs }
}
