import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import type { RateLimit } from '../ports.ts'
import { refreshText } from './look.ts'
import { checkpointOf, type Session } from './session.ts'
import type { Waiting } from './waiting.ts'

/** How long a call waits for the record of the one before it, in ms. */
const RECORD_PATIENCE_MS = 1_000

/**
 * What must be had before a call, a step at a time: the record of the call before it, its slot, then a look at the record
 * where the text comes by way of it. After each step the text in hand may be another, so the call is planned anew. True when
 * nothing is missing.
 */
export const preparation = (session: Session): ((plan: ChunkPlan) => Promise<boolean>) => {
  const { deps, held, text } = session
  const isRecorded = text.whenIdle === 'release'
  // The record was read a moment ago.
  let has = { slot: held.hasSlot, look: true, waited: false }

  return async ({ ends }) => {
    if (!has.waited && !isRecorded && held.lease.isBehind()) {
      has.waited = true
      await untilRecorded(session)
      return false
    }
    if (deps.rateLimit !== undefined && !has.slot) {
      const edge = session.writing.progress.calls === 0 || ends === 'reply'
      has.slot = await slotFor(session, deps.rateLimit, edge ? 'edge' : 'middle')
      return false
    }
    if (!has.look) {
      await held.lease.save(checkpointOf(session))
      has.look = true
      return false
    }
    has = { slot: false, look: !isRecorded, waited: false }
    return true
  }
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
