import type { ReplyRecord } from '../core/reply/record.ts'
import type { Clock } from '../ports.ts'
import type { Receipt } from './deliver.ts'
import type { Pause } from './persist.ts'
import type { AddressedRecord } from './read-back.ts'
import type { Recovered } from './recover.ts'

/** False only for a pushed reply whose first chunk has not come. */
export const isAddressed = (record: ReplyRecord): record is AddressedRecord =>
  record.conversation !== undefined

/** Waits until `signal` aborts. */
export const pauseUntil =
  (clock: Clock, signal: AbortSignal): Pause =>
  async (ms) => {
    await clock.sleep(ms, signal)
    return !signal.aborted
  }

/** The record as reading back has shown it. */
export const foundAt = (record: AddressedRecord, found: Recovered): AddressedRecord => ({
  ...record,
  progress: found.progress,
  cancelRequested: record.cancelRequested || found.stopped === true,
})

/** What is left for the next writer: a call of the one before may still be under way. */
export const leftUnsettled = ({ replyId, progress }: ReplyRecord): Receipt => ({
  replyId,
  how: 'handedOver',
  status: 'open',
  progress,
  settled: false,
})
