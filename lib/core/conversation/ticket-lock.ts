import { fieldsOf } from '../json.ts'
import type { Conversation } from '../reply/reply.ts'

/*
 * Who of a conversation is worked on, where the platform keeps no order. Tickets are given out in the order in which
 * messages come; one of them is served at a time, and its place is kept as long as its holder says that it is there:
 *
 *      begin        stay         stay     leave                              the next has not begun
 *      ──┬────────────┬────────────┬────────┬─────────── keptUntilMs ──────────┬───────────▶ time
 *        │         ticket 3 is served       │  ticket 4 is served, if it begins │  ticket 5
 */

/** A ticket, as its message carries it along. */
export interface Place {
  readonly conversation: Conversation
  /** Counts the messages of the conversation, from 1. */
  readonly ticket: number
  readonly issuedAtMs: number
  /** When the ticket before this one was given out; 0 where there was none. */
  readonly previousAtMs: number
}

/** Where a line stands. */
export interface Line {
  /** The ticket whose time it is. */
  readonly serving: number
  /** Until when nobody else may step forward. */
  readonly keptUntilMs: number
  /** Who works under that ticket; absent until somebody has begun. */
  readonly holder?: string
}

/** Somebody who wants to work, or works, under a ticket. */
export interface Attendant {
  /** Names one invocation among all. */
  readonly holder: string
  readonly nowMs: number
  /** How long a place is kept without a sign of its holder. */
  readonly leaseMs: number
}

export type Entrance =
  /** Its time has come; nobody else of the conversation is at work. */
  | { readonly outcome: 'begun'; readonly next: Line }
  /** Look again later. With `next`, somebody who did not come was skipped. */
  | { readonly outcome: 'waiting'; readonly next?: Line }
  /** Others have stepped past: take a new ticket. */
  | { readonly outcome: 'passed' }

/** So many leases without a sign of anybody, and whoever was in the line before is gone. */
const DESERTED_LEASES = 4

/** Decides whether the message of this ticket may be worked on. Where nothing is known of the line, it is the first. */
export const enterLine = (line: Line | undefined, place: Place, attendant: Attendant): Entrance => {
  const { holder, nowMs, leaseMs } = attendant
  const { ticket, issuedAtMs } = place
  const begun: Entrance = {
    outcome: 'begun',
    next: { serving: ticket, keptUntilMs: nowMs + leaseMs, holder },
  }
  if (line === undefined || isDeserted(line, place, leaseMs)) return begun
  const { serving, keptUntilMs } = line
  if (ticket < serving) return { outcome: 'passed' }
  if (ticket === serving) {
    const isFree = line.holder === undefined || line.holder === holder || nowMs > keptUntilMs
    return isFree ? begun : { outcome: 'waiting' }
  }
  // Whoever is served now was given a ticket before this one: it has had a lease's time to come since then.
  if (nowMs <= Math.max(keptUntilMs, issuedAtMs + leaseMs)) return { outcome: 'waiting' }
  if (serving + 1 === ticket) return begun
  return { outcome: 'waiting', next: { serving: serving + 1, keptUntilMs: nowMs + leaseMs } }
}

/**
 * Nobody stepped forward and nobody came for long before this ticket was given out: the earlier ones are of messages that
 * were lost, perhaps many, and waiting for each in turn would take minutes.
 */
const isDeserted = ({ serving, keptUntilMs }: Line, place: Place, leaseMs: number): boolean =>
  place.ticket > serving &&
  place.issuedAtMs - Math.max(keptUntilMs, place.previousAtMs) > DESERTED_LEASES * leaseMs

/** Whether a message is done with, or its next invocation shall find its place as it left it. */
export type Leaving = 'done' | 'comesAgain'

/** The line once nobody works under this ticket: whoever is served next has a lease's time to begin. */
export const leaveLine = (
  { ticket }: Place,
  { nowMs, leaseMs }: Attendant,
  leaving: Leaving,
): Line => ({
  serving: leaving === 'done' ? ticket + 1 : ticket,
  keptUntilMs: nowMs + leaseMs,
})

/** Reads a place as `JSON.stringify` wrote it; `undefined` for anything else. */
export const parsePlace = (value: unknown): Place | undefined => {
  const { conversation, ticket, issuedAtMs, previousAtMs } = fieldsOf(value)
  const { from, to } = fieldsOf(conversation)
  if (typeof from !== 'string' || typeof to !== 'string') return undefined
  if (typeof ticket !== 'number' || typeof issuedAtMs !== 'number') return undefined
  if (typeof previousAtMs !== 'number') return undefined
  return { conversation: { from, to }, ticket, issuedAtMs, previousAtMs }
}
