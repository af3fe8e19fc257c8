import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import type { RateLimit } from '../ports.ts'
import { announce, isAnnounced } from './announce-rollover.ts'
import { refreshText } from './look.ts'
import { openingNote } from './note-opening.ts'
import type { Session } from './session.ts'
import type { Waiting } from './waiting.ts'

/** How long a call waits for the record of the one before it, in ms. */
const RECORD_PATIENCE_MS = 1_000
/**
 * A slot is for a call that starts within so long, in ms: calls that were held up together must not be made together. One that
 * was missed by more goes to waste, and another is waited for, which lasts twice as long: a slow sandbox gets its calls, too.
 */
const SLOT_LASTS_MS = 100
const SLOT_LASTS_AT_MOST_MS = 1_600
/** How long until the table is asked again to take the note of a call that opens a message, in ms. */
const NOTE_AGAIN_MS = 500
/** Signing a call that has started in time may take so much longer, in ms. */
const SIGNING_MS = 400

/** Gets one of the things that a call needs. */
type Step = () => Promise<unknown>

/** What a call is made with. */
export interface Prepared {
  readonly plan: ChunkPlan
  /** False once the slot is over: what is not on its way by then must not leave any more. */
  readonly isInTime: () => boolean
}

/**
 * What must be had before a call, a step at a time: the record of the call before it, the notes of a rollover and of what opens
 * a message, its slot, a look at the record where the text comes by way of it, a lease that covers it. After each step the text in hand may be another, so
 * the call is planned anew, and whatever took so long that the slot is over is followed by another slot.
 */
export interface Preparation {
  /** Takes the next step; `undefined` while something is missing. */
  forCall(plan: ChunkPlan): Promise<Prepared | undefined>
  /** True while a slot is in hand that would be over before another one comes. */
  hasSlot(): boolean
}

export const preparation = (session: Session): Preparation => {
  const { deps, held, text } = session
  const { clock, rateLimit } = deps
  const isRecorded = text.whenIdle === 'release'
  const note = openingNote(session)
  let slotAtMs = held.slotAtMs
  // The record was read a moment ago.
  let has = { look: true, waited: false }
  /** A look that takes longer than a slot lasts is better taken before it. */
  let looksFirst = false
  let noteFailed = false

  let slotLastsMs = SLOT_LASTS_MS

  const hasSlot = (): boolean =>
    rateLimit === undefined || (slotAtMs !== undefined && clock.now() - slotAtMs <= slotLastsMs)
  const lookAgain = async () => {
    const fromMs = clock.now()
    await held.lease.save(note.checkpoint())
    looksFirst = clock.now() - fromMs > SLOT_LASTS_MS
    has.look = true
  }
  const takeSlot = async (plan: ChunkPlan) => {
    if (rateLimit === undefined) return
    const wasMissed = slotAtMs !== undefined
    if (wasMissed) slotLastsMs = Math.min(slotLastsMs * 2, SLOT_LASTS_AT_MOST_MS)
    const isEdge = session.writing.progress.calls === 0 || plan.ends === 'reply'
    const served = await slotFor(session, rateLimit, isEdge ? 'edge' : 'middle')
    slotAtMs = served ? clock.now() : undefined
  }
  /** While the note is on its way, a slot is waited for: where the table is quick, the note costs no time of its own. */
  const makeNote = async (plan: ChunkPlan) => {
    if (noteFailed) await held.waiting.pauseThroughStop(NOTE_AGAIN_MS)
    const noting = note.make(plan)
    if (!noteFailed && !hasSlot()) await takeSlot(plan)
    await held.waiting.during(noting)
    noteFailed = !(await noting)
  }
  /** What the table must know first. */
  const toRecord = (plan: ChunkPlan): Step | undefined => {
    if (!has.waited && !isRecorded && held.lease.isBehind()) {
      has.waited = true
      return () => untilRecorded(session)
    }
    if (!isAnnounced(session, plan)) return () => announce(session, plan)
    return note.covered(plan) === undefined ? () => makeNote(plan) : undefined
  }
  const nextStep = (plan: ChunkPlan): Step | undefined => {
    const record = toRecord(plan)
    if (record !== undefined) return record
    if (!has.look && looksFirst) return lookAgain
    if (!hasSlot()) return () => takeSlot(plan)
    if (!has.look) return lookAgain
    return held.lease.coversStart() ? undefined : held.waiting.forLease
  }

  const forCall = async (plan: ChunkPlan): Promise<Prepared | undefined> => {
    const step = nextStep(plan)
    if (step !== undefined) {
      await step()
      return undefined
    }
    const atMs = slotAtMs
    const lastsMs = slotLastsMs
    const ready = note.covered(plan) ?? plan
    slotAtMs = undefined
    slotLastsMs = SLOT_LASTS_MS
    note.used()
    has = { look: !isRecorded, waited: false }
    return {
      plan: ready,
      isInTime: () => atMs === undefined || clock.now() - atMs <= lastsMs + SIGNING_MS,
    }
  }
  return { forCall, hasSlot: () => rateLimit !== undefined && hasSlot() }
}

/**
 * Were a writer to die, whatever it had not recorded would be in doubt where messages cannot be read back: so it is one chunk
 * ahead of its record, and no more. A table out of reach may delay a call, but not keep it from being made.
 */
const untilRecorded = ({ held: { waiting, lease } }: Session): Promise<void> =>
  waiting.during(lease.caughtUp(), { atMostMs: RECORD_PATIENCE_MS })

/**
 * Waits for a slot among the others. A middle one is given up where the text ends meanwhile or somebody stops the reply: the
 * last call goes ahead of the others. An edge stays where it is in line.
 */
const slotFor = async (
  session: Session,
  rateLimit: RateLimit,
  kind: 'edge' | 'middle',
): Promise<boolean> => {
  const { held, text } = session
  const { waiting } = held
  const endedBefore = text.ended()
  if (kind === 'edge') return edgeSlot(waiting, rateLimit)
  const isOver = () => {
    refreshText(session)
    return waiting.ends() !== undefined || (text.ended() && !endedBefore)
  }
  return slotUntil(isOver, waiting, rateLimit, kind)
}

/** Waits for a slot ahead of the middle ones; a stop does not end that. */
export const edgeSlot = (waiting: Waiting, rateLimit: RateLimit): Promise<boolean> => {
  const isOver = () => {
    const ends = waiting.ends()
    return ends !== undefined && ends !== 'stopped'
  }
  return slotUntil(isOver, waiting, rateLimit, 'edge')
}

const slotUntil = async (
  isOver: () => boolean,
  waiting: Waiting,
  rateLimit: RateLimit,
  kind: 'edge' | 'middle',
): Promise<boolean> => {
  const leaving = new AbortController()
  const slot = rateLimit.slot(kind, leaving.signal)
  await waiting.during(slot, { isOver })
  leaving.abort('over')
  return slot
}
