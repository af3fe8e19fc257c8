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
 * A slot is good for a call that starts within this time, in ms: calls that were delayed together must not go out together. A
 * slot missed by more is wasted, and the writer waits for another that lasts twice as long, so that a slow sandbox can call as
 * well.
 */
const SLOT_LASTS_MS = 100
const SLOT_LASTS_AT_MOST_MS = 1_600
/** How long the writer waits before it tries again to record a call that opens a message, in ms. */
const NOTE_AGAIN_MS = 500
/** How much longer the signing of a call that started in time may take, in ms. */
const SIGNING_MS = 400

/** Obtains one of the things that a call needs. */
type Step = () => Promise<unknown>

/** What a call is made with. */
export interface Prepared {
  readonly plan: ChunkPlan
  /** False once the slot is over: a call that has not been sent by then must not be sent. */
  readonly isInTime: () => boolean
}

/**
 * Obtains what a call needs, one step at a time: the record of the previous call, the notes of a rollover and of a message
 * about to be opened, a slot, a look at the record if the text arrives through it, and a lease that covers the call. The text
 * in hand may change during a step, so the call is planned again after each; if a step outlasts the slot, the writer waits for
 * another.
 */
export interface Preparation {
  /** Takes the next step; `undefined` while something is missing. */
  forCall(plan: ChunkPlan): Promise<Prepared | undefined>
  /** True while the writer holds a slot, which would expire before another one comes. */
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
  /** True when the last look took longer than a slot lasts: the next one then comes before the slot. */
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
  /** Waits for a slot while the note is being written: with a quick table the note takes no extra time. */
  const makeNote = async (plan: ChunkPlan) => {
    if (noteFailed) await held.waiting.pauseThroughStop(NOTE_AGAIN_MS)
    const noting = note.make(plan)
    if (!noteFailed && !hasSlot()) await takeSlot(plan)
    await held.waiting.during(noting)
    noteFailed = !(await noting)
  }
  /** What must be recorded before the call. */
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
 * If a writer dies where messages cannot be read back, everything that it has not recorded is in doubt. So it stays at most one
 * chunk ahead of its record. A table that is out of reach may delay a call, but does not prevent it.
 */
const untilRecorded = ({ held: { waiting, lease } }: Session): Promise<void> =>
  waiting.during(lease.caughtUp(), { atMostMs: RECORD_PATIENCE_MS })

/**
 * Waits in line for a slot. A middle call leaves the line when the text ends meanwhile or somebody stops the reply, because the
 * last call goes ahead of the others. An edge call keeps its place.
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

/** Waits for a slot ahead of the middle ones; a stop does not end the wait. */
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
