import type { Attendant, Leaving, Place } from '../core/conversation/ticket-lock.ts'
import type { Clock, ConversationLine, Log } from '../ports.ts'
import type { Outcome } from './batch.ts'

export interface LineDeps {
  readonly line: ConversationLine
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Log
}

/** How often somebody who waits looks whether its time has come. */
const POLL_MS = 250

/**
 * Does `work` when the time of its ticket has come, until it is done, and keeps the place while that lasts. Resolves with the
 * place to come again with where too little of this invocation is left, else with `undefined`. Rejects with what `work`
 * rejects with, after the next one was let in.
 */
export const workInLine = async (
  deps: LineDeps,
  leaseMs: number,
  given: Place,
  work: () => Promise<Outcome>,
  lastStart: AbortSignal,
): Promise<Place | undefined> => {
  const { line, clock, random } = deps
  const holder = Math.floor(random() * 2 ** 52).toString(36)
  const attendant = (): Attendant => ({ holder, nowMs: clock.now(), leaseMs })

  let place = given
  for (;;) {
    const outcome = await line.enter(place, attendant())
    if (outcome === 'begun') break
    if (outcome === 'passed') place = await line.queueUp(place.conversation, clock.now())
    else await clock.sleep(POLL_MS, lastStart)
    if (lastStart.aborted) return place
  }

  const worked = new AbortController()
  const kept = keepPlace(deps, place, attendant, worked.signal)
  let leaving: Leaving = 'done'
  try {
    leaving = await workUntilDone(clock, work, lastStart)
  } finally {
    worked.abort()
    await kept
    await leaveQuietly(deps, place, attendant(), leaving)
  }
  return leaving === 'done' ? undefined : place
}

const workUntilDone = async (
  clock: Clock,
  work: () => Promise<Outcome>,
  lastStart: AbortSignal,
): Promise<Leaving> => {
  for (;;) {
    const outcome = await work()
    if (outcome.done) return 'done'
    await clock.sleep(outcome.retryAfterMs, lastStart)
    if (lastStart.aborted) return 'comesAgain'
  }
}

const keepPlace = async (
  { line, clock, log }: LineDeps,
  place: Place,
  attendant: () => Attendant,
  worked: AbortSignal,
): Promise<void> => {
  for (;;) {
    await clock.sleep(attendant().leaseMs / 3, worked)
    if (worked.aborted) return
    const isKept = await line.stay(place, attendant()).catch(() => 'unknown')
    // The reply has a lease of its own: two answers may come at once now, yet neither harms the other.
    if (isKept === false) return log.warn('stepped-past', { ticket: place.ticket })
  }
}

/** Where the line cannot be told, the next one begins when the place is no longer kept. */
const leaveQuietly = async (
  { line, log }: LineDeps,
  place: Place,
  attendant: Attendant,
  leaving: Leaving,
): Promise<void> => {
  await line
    .leave(place, attendant, leaving)
    .catch((error) => log.warn('line-not-left', { ticket: place.ticket, error: String(error) }))
}
