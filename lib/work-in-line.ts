import type { Attendant, Place } from './core/conversation-line.ts'
import type { Clock, ConversationLine, Log } from './ports.ts'

export interface LineDeps {
  readonly line: ConversationLine
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Log
}

/** How often somebody who waits looks whether its time has come. */
const POLL_MS = 250

/** Whoever has waited for so long does so in a new invocation, so that enough of its time is left for the work. */
const WAIT_LIMIT_MS = 60_000

/**
 * Does `work` when the time of its ticket has come, and keeps the place while it lasts. Resolves with the place to come
 * again with where that takes longer than this invocation can wait, else with `undefined`. Rejects with what `work` rejects
 * with, after the next one was let in.
 */
export const workInLine = async (
  deps: LineDeps,
  leaseMs: number,
  given: Place,
  work: () => Promise<void>,
  handOver: AbortSignal,
): Promise<Place | undefined> => {
  const { line, clock, random } = deps
  const holder = Math.floor(random() * 2 ** 52).toString(36)
  const attendant = (): Attendant => ({ holder, nowMs: clock.now(), leaseMs })
  const giveUpAtMs = clock.now() + WAIT_LIMIT_MS

  let place = given
  for (;;) {
    const outcome = await line.enter(place, attendant())
    if (outcome === 'begun') break
    if (outcome === 'passed') place = await line.queueUp(place.conversation, clock.now())
    else await clock.sleep(POLL_MS, handOver)
    if (handOver.aborted || clock.now() >= giveUpAtMs) return place
  }

  const done = new AbortController()
  const kept = keepPlace(deps, place, attendant, done.signal)
  try {
    await work()
  } finally {
    done.abort()
    await kept
    await leaveQuietly(deps, place, attendant())
  }
  return undefined
}

const keepPlace = async (
  { line, clock, log }: LineDeps,
  place: Place,
  attendant: () => Attendant,
  done: AbortSignal,
): Promise<void> => {
  for (;;) {
    await clock.sleep(attendant().leaseMs / 3, done)
    if (done.aborted) return
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
): Promise<void> => {
  await line
    .leave(place, attendant)
    .catch((error) => log.warn('line-not-left', { ticket: place.ticket, error: String(error) }))
}
