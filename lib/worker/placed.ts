import { type PlacedMessage, parsePlacedMessage } from '../core/conversation/placed-message.ts'
import type { InvocationSignals } from '../reply/resume.ts'
import { type BatchWork, logFailure, workOn } from './batch.ts'
import { type LineDeps, workInLine } from './in-order.ts'

export interface PlacedDeps extends LineDeps {
  /** Has the message worked on by another invocation. Throws `OutOfReach`. */
  readonly comeAgain: (event: object) => Promise<void>
}

/**
 * Works on the message that an invocation was made with, once those of its conversation that came before are done. Where too
 * little time is left, another invocation goes on in the same place. Rejects where a try failed: the platform may invoke again.
 */
export const workPlaced = async (
  deps: PlacedDeps,
  { leaseMs }: { readonly leaseMs: number },
  event: unknown,
  work: BatchWork,
  signals: InvocationSignals,
): Promise<void> => {
  const { log } = deps
  const placed = parsePlacedMessage(event)
  // It would be no better the next time.
  if (placed === undefined) return log.warn('unknown-message')
  const { message, place } = placed
  try {
    const workOnce = () => workOn(log, work, message, signals)
    const again = await workInLine(deps, leaseMs, place, workOnce, signals.lastStart)
    if (again !== undefined) await deps.comeAgain(eventOf({ message, place: again }))
  } catch (error) {
    logFailure(log, message, error)
    throw error
  }
}

const eventOf = ({ message, place }: PlacedMessage): object => ({ ...message, place })
