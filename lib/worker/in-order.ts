import type {
  Holder,
  Leaving,
  Successor,
  Ticket,
  WakeEvent,
} from '../core/conversation/ticket-lock.ts'
import { randomName } from '../core/random-name.ts'
import type { Clock, Log, TicketLock } from '../ports.ts'
import type { Outcome } from './batch.ts'

export interface LockDeps {
  readonly lock: TicketLock
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Log
  /** Has an event worked on by another invocation, and does not wait for it. Throws `OutOfReach`. */
  readonly invoke: (event: WakeEvent) => Promise<void>
}

/** How often somebody who waits looks whether its time has come, though nobody has woken it: who was before it may have died. */
const POLL_MS = 2_000

/*
 * Whoever waits leaves its event in the line, and whoever leaves the ticket before invokes the worker with it:
 *
 *      ticket 1    ├───────── work ─────────┤ leave, invoke with the event of ticket 2
 *      ticket 2        ├ wait · · · · · · · · · ·┤ sees that it is worked on elsewhere, and ends
 *      ticket 2                                ├───────── work ─────────┤ the invocation that was woken
 */

/** What an invocation was made for. */
export interface Errand {
  readonly work: () => Promise<Outcome>
  /** What another invocation is made with, to do the same. */
  readonly eventWith: (ticket: Ticket) => WakeEvent
  /** Where this invocation was made in the place of another one that had waited. */
  readonly successor?: Successor | undefined
}

/**
 * Does the work when the time of its ticket has come, until it is done, and keeps the ticket while that lasts. Resolves with the
 * event to come again with where too little of this invocation is left, else with `undefined`, also where another invocation
 * was woken to do it. Rejects with what the work rejects with, after the next one was let in.
 */
export const workInOrder = async (
  deps: LockDeps,
  leaseMs: number,
  given: Ticket,
  errand: Errand,
  startBy: AbortSignal,
): Promise<WakeEvent | undefined> => {
  const { work, eventWith, successor } = errand
  const id = successor?.id ?? randomName(deps.random())
  const holder = (): Holder => ({ id, nowMs: deps.clock.now(), leaseMs })
  const come = await waitInLine(deps, given, holder, errand, startBy)
  if (come.outcome !== 'begun') return come.outcome === 'late' ? come.event : undefined
  const { ticket } = come

  const worked = new AbortController()
  const kept = keepTicket(deps, ticket, holder, worked.signal)
  let leaving: Leaving = 'done'
  try {
    leaving = await workUntilDone(deps.clock, work, startBy)
  } finally {
    worked.abort()
    await kept
    await leaveQuietly(deps, ticket, holder(), leaving)
  }
  return leaving === 'done' ? undefined : eventWith(ticket)
}

/** How the wait for a ticket's time ends. */
type Come =
  | { readonly outcome: 'begun'; readonly ticket: Ticket }
  /** Too little of this invocation is left. */
  | { readonly outcome: 'late'; readonly event: WakeEvent }
  /** Another invocation was woken to do the work. */
  | { readonly outcome: 'elsewhere' }

const waitInLine = async (
  { lock, clock, random }: LockDeps,
  given: Ticket,
  holder: () => Holder,
  { eventWith, successor }: Errand,
  startBy: AbortSignal,
): Promise<Come> => {
  const isWoken = successor?.isWoken === true
  const heir = randomName(random())
  let ticket = given
  let hasWaited = successor !== undefined
  for (;;) {
    const event = { ...eventWith(ticket), successor: { id: `${heir}w`, isWoken: true } }
    const outcome = await lock.enter(ticket, { ...holder(), hasWaited, isWoken }, event)
    if (outcome === 'begun') return { outcome, ticket }
    if (outcome === 'elsewhere') return { outcome }
    hasWaited ||= outcome === 'waiting'
    if (outcome === 'passed') ticket = await lock.queueUp(ticket.conversation, clock.now())
    else await clock.sleep(POLL_MS, startBy)
    if (startBy.aborted) {
      const goesOn = hasWaited ? { successor: { id: `${heir}l`, isWoken: false } } : {}
      return { outcome: 'late', event: { ...eventWith(ticket), ...goesOn } }
    }
  }
}

const workUntilDone = async (
  clock: Clock,
  work: () => Promise<Outcome>,
  startBy: AbortSignal,
): Promise<Leaving> => {
  for (;;) {
    const outcome = await work()
    if (outcome.done) return 'done'
    await clock.sleep(outcome.retryAfterMs, startBy)
    if (startBy.aborted) return 'comesAgain'
  }
}

const keepTicket = async (
  { lock, clock, log }: LockDeps,
  ticket: Ticket,
  holder: () => Holder,
  worked: AbortSignal,
): Promise<void> => {
  for (;;) {
    await clock.sleep(holder().leaseMs / 3, worked)
    if (worked.aborted) return
    const isKept = await lock.stay(ticket, holder()).catch(() => 'unknown')
    // The reply has a lease of its own: two answers may come at once now, yet neither harms the other.
    if (isKept === false) return log.warn('stepped-past', { ticket: ticket.number })
  }
}

/** Where the lock cannot be asked, the next one begins when the ticket is no longer kept; where nobody can be woken, when it looks. */
const leaveQuietly = async (
  { lock, log, invoke }: LockDeps,
  ticket: Ticket,
  holder: Holder,
  leaving: Leaving,
): Promise<void> => {
  const warn = (event: string) => (error: unknown) =>
    log.warn(event, { ticket: ticket.number, error: String(error) })
  const next = await lock.leave(ticket, holder, leaving).catch(warn('ticket-not-left'))
  // The same ticket is its own invocation's to hand on.
  if (next && leaving === 'done') await invoke(next).catch(warn('next-not-woken'))
}
