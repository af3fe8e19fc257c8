import { createWake, type Wake } from '../core/wake.ts'
import { holdLease, type ReplyLease } from './lease.ts'
import type { AddressedRecord } from './read-back.ts'
import { type Waiting, waitUnder } from './waiting.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** A reply whose lease this invocation holds and keeps renewing, whatever its writer is waiting for. */
export interface HeldReply {
  readonly record: AddressedRecord
  readonly lease: ReplyLease
  readonly waiting: Waiting
  readonly wake: Wake
  /** Aborts when the invocation must stop: the reply stays open for the next one. */
  readonly handOver: AbortSignal
  /** When the slot for the first call was obtained, if there is one. */
  readonly slotAtMs?: number
}

/** Works on a reply under the lease that its record shows; `handOver` ends every wait. */
export const whileHeld = async <T>(
  deps: WriterDeps,
  settings: WriterSettings,
  record: AddressedRecord,
  handOver: AbortSignal,
  work: (held: HeldReply) => Promise<T>,
): Promise<T> => {
  const held = holdReply(deps, settings, record, handOver)
  handOver.addEventListener('abort', held.wake.ring)
  try {
    return await work(held)
  } finally {
    handOver.removeEventListener('abort', held.wake.ring)
  }
}

const holdReply = (
  deps: WriterDeps,
  { leaseMs }: WriterSettings,
  record: AddressedRecord,
  handOver: AbortSignal,
): HeldReply => {
  const { replyId, epoch, leaseUntilMs, cancelRequested, progress } = record
  const wake = createWake(deps.clock)
  const lease = holdLease(deps, {
    replyId,
    epoch,
    leaseUntilMs,
    leaseMs,
    cancelRequested,
    isSparse: () =>
      record.kind === 'turn' && record.turn === undefined && deps.openMessages?.areShown() === true,
    first: { progress },
    wake,
  })
  return {
    record,
    lease,
    wake,
    handOver,
    waiting: waitUnder({ clock: deps.clock, wake, lease, handOver }),
  }
}
