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
}

/** Somebody who wants to work, or works, under a ticket. */
export interface Holder {
  /** Names one invocation among all. */
  readonly id: string
  readonly nowMs: number
  /** How long a ticket is kept without a sign of its holder. */
  readonly leaseMs: number
}

export type Entrance =
  /** Its time has come; nobody else of the conversation is at work. */
  | { readonly outcome: 'begun'; readonly next: LockState }
  /** Look again later. With `next`, somebody who did not come was skipped. */
  | { readonly outcome: 'waiting'; readonly next?: LockState }
  /** Others have stepped past: take a new ticket. */
  | { readonly outcome: 'passed' }

/** So many leases without a sign of anybody, and whoever was in the line before is gone. */
const DESERTED_LEASES = 4

/** Decides whether the message of this ticket may be worked on. Where nothing is known of the line, it is the first. */
export const enterLock = (
  lock: LockState | undefined,
  ticket: Ticket,
  { id, nowMs, leaseMs }: Holder,
): Entrance => {
  const { number, issuedAtMs } = ticket
  const begun: Entrance = {
    outcome: 'begun',
    next: { serving: number, keptUntilMs: nowMs + leaseMs, heldBy: id },
  }
  if (lock === undefined || isDeserted(lock, ticket, leaseMs)) return begun
  const { serving, keptUntilMs, heldBy } = lock
  if (number < serving) return { outcome: 'passed' }
  if (number === serving) {
    const isFree = heldBy === undefined || heldBy === id || nowMs > keptUntilMs
    return isFree ? begun : { outcome: 'waiting' }
  }
  // Whoever is served now was given a ticket before this one: it has had a lease's time to come since then.
  if (nowMs <= Math.max(keptUntilMs, issuedAtMs + leaseMs)) return { outcome: 'waiting' }
  if (serving + 1 === number) return begun
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

/** Reads a ticket as `JSON.stringify` wrote it; `undefined` for anything else. */
export const parseTicket = (value: unknown): Ticket | undefined => {
  const { conversation, number, issuedAtMs, previousAtMs } = fieldsOf(value)
  const addressed = parseConversation(conversation)
  if (addressed === undefined) return undefined
  if (typeof number !== 'number' || typeof issuedAtMs !== 'number') return undefined
  if (typeof previousAtMs !== 'number') return undefined
  return { conversation: addressed, number, issuedAtMs, previousAtMs }
}
