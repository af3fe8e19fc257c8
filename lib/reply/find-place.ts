import type { Receipt } from './deliver.ts'
import type { HeldReply } from './held.ts'
import type { Reconciled, UnsentText } from './read-back.ts'
import { reconcileReply } from './recover.ts'
import type { WriterDeps, WriterSettings } from './session.ts'

/** Where a held reply stands, or what is left of it where nobody could wait for that to be known. */
export type Place =
  | { readonly held: HeldReply; readonly state: Reconciled['state'] }
  | { readonly left: Receipt }

/** Finds out how far a reply has really come (`reconcileReply`), and keeps its lease meanwhile. */
export const findPlace = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  unsent: UnsentText | undefined,
): Promise<Place> => {
  const { record, lease, waiting } = held
  const pause = waiting.pauseThroughStop
  const { progress, state, stopped } = await reconcileReply(deps, settings, record, unsent, pause)
  if (stopped === true) lease.noteStop()
  const ends = waiting.ends()
  // What is seen to be closed is known, however little time is left.
  if (ends === 'superseded' || (ends === 'handedOver' && state === 'open')) {
    await lease.settled()
    const { replyId } = record
    return {
      left: { replyId, how: ends, progress: record.progress, settled: false, status: 'open' },
    }
  }
  const cancelRequested = lease.cancelRequested()
  return { held: { ...held, record: { ...record, progress, cancelRequested } }, state }
}
