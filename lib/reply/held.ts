import type { LeaseState } from '../core/reply/record.ts'
import { createWake, type Wake } from '../core/wake.ts'
import { holdLease, type ReplyLease } from './lease.ts'
import type { AddressedRecord } from './read-back.ts'
import type { WriterDeps, WriterSettings, WriterSignals } from './session.ts'
import { type Waiting, waitUnder } from './waiting.ts'

/** A reply whose lease this invocation holds: from the take-over on it is kept, whatever its writer waits for. */
export interface HeldReply {
  readonly record: AddressedRecord
  readonly lease: ReplyLease
  readonly waiting: Waiting
  readonly wake: Wake
  readonly signals: WriterSignals
  /** From here on called after each look at the record, with what it showed. */
  onLeaseState(listener: (leaseState: LeaseState) => void): void
}

/** Holds a reply under the lease that its record shows; the signals end every wait. */
export const holdReply = (
  deps: WriterDeps,
  { leaseMs }: WriterSettings,
  record: AddressedRecord,
  signals: WriterSignals,
): HeldReply => {
  const { replyId, epoch, leaseUntilMs, cancelRequested, progress } = record
  const wake = createWake(deps.clock)
  let listener: (leaseState: LeaseState) => void = () => {}
  const lease = holdLease(deps, {
    replyId,
    epoch,
    leaseUntilMs,
    leaseMs,
    cancelRequested,
    first: { progress },
    onLeaseState: (leaseState) => {
      listener(leaseState)
      wake.ring()
    },
  })
  return {
    record,
    lease,
    wake,
    signals,
    waiting: waitUnder({ clock: deps.clock, wake, lease, signals }),
    onLeaseState(next) {
      listener = next
    },
  }
}
