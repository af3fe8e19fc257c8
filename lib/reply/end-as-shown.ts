import type { ReplyRecord } from '../core/reply/record.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import type { Ending } from '../core/reply/writing.ts'
import type { Receipt } from './deliver.ts'
import { endReply } from './end-reply.ts'
import type { HeldReply } from './held.ts'
import type { Reconciled } from './read-back.ts'
import type { WriterDeps } from './session.ts'

/** Why a reply ended whose text died with its writer. */
export const orphaned: ReplyFailure = {
  reason: 'orphaned',
  detail: 'The invocation that wrote the reply died, and its text with it.',
}

/** Records the end of a reply whose message was closed by a writer that did not live to record it. */
export const endAsShown = async (
  deps: WriterDeps,
  { record, waiting, lease, handOver }: HeldReply,
  state: Exclude<Reconciled['state'], 'open'>,
): Promise<Receipt> => {
  const { replyId } = record
  const ending = endingAsShown(record, state)
  await lease.settled()
  const { written, progress } = await endReply(deps, record, ending, { waiting, handOver })
  const receipt = { replyId, progress, settled: true }
  return written === 'ended'
    ? { ...receipt, how: 'ended', ...ending }
    : { ...receipt, how: 'superseded', status: 'open' }
}

const endingAsShown = (
  { kind, cancelRequested }: ReplyRecord,
  state: Exclude<Reconciled['state'], 'open'>,
): Ending => {
  // Of a text that died with its writer nobody can say that all of it is there: a stop closed it, as far as anybody knows.
  const isWhole = state === 'complete' && !(kind === 'turn' && cancelRequested)
  if (isWhole) return { status: 'finished' }
  return cancelRequested ? { status: 'interrupted' } : { status: 'failed', failure: orphaned }
}
