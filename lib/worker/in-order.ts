import type { Holder, Leaving, Ticket } from '../core/conversation/ticket-lock.ts'
import { randomName } from '../core/random-name.ts'
import type { Clock, Log, TicketLock } from '../ports.ts'
import type { Outcome } from './batch.ts'

export interface LockDeps {
  readonly lock: TicketLock
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Log
}

/** How often somebody who waits looks whether its time has come. */
const POLL_MS = 250

/**
 * Does `work` when the time of its ticket has come, until it is done, and keeps the ticket while that lasts. Resolves with the
 * ticket to come again with where too little of this invocation is left, else with `undefined`. Rejects with what `work`
 * rejects with, after the next one was let in.
 */
export const workInOrder = async (
  deps: LockDeps,
  leaseMs: number,
  given: Ticket,
  work: () => Promise<Outcome>,
  startBy: AbortSignal,
): Promise<Ticket | undefined> => {
  const { lock, clock, random } = deps
  const id = randomName(random())
  const holder = (): Holder => ({ id, nowMs: clock.now(), leaseMs })

  let ticket = given
  for (;;) {
    const outcome = await lock.enter(ticket, holder())
    if (outcome === 'begun') break
    if (outcome === 'passed') ticket = await lock.queueUp(ticket.conversation, clock.now())
    else await clock.sleep(POLL_MS, startBy)
    if (startBy.aborted) return ticket
  }

  const worked = new AbortController()
  const kept = keepTicket(deps, ticket, holder, worked.signal)
  let leaving: Leaving = 'done'
  try {
    leaving = await workUntilDone(clock, work, startBy)
  } finally {
    worked.abort()
    await kept
    await leaveQuietly(deps, ticket, holder(), leaving)
  }
  return leaving === 'done' ? undefined : ticket
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

/** Where the lock cannot be asked, the next one begins when the ticket is no longer kept. */
const leaveQuietly = async (
  { lock, log }: LockDeps,
  ticket: Ticket,
  holder: Holder,
  leaving: Leaving,
): Promise<void> => {
  await lock
    .leave(ticket, holder, leaving)
    .catch((error) => log.warn('ticket-not-left', { ticket: ticket.number, error: String(error) }))
}
