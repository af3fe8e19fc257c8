import type { ReplyRecord } from '../core/reply/record.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import type { Ending } from '../core/reply/writing.ts'
import type { Receipt } from './deliver.ts'
import type { Reconciled } from './read-back.ts'
import type { WriterDeps } from './session.ts'

/** Why a reply ended whose text died with its writer. */
export const orphaned: ReplyFailure = {
  reason: 'orphaned',
  detail: 'The invocation that wrote the reply died, and its text with it.',
}

/** Records the end of a reply whose message was closed by a writer that did not live to record it. */
export const endAsShown = async (
  { store }: WriterDeps,
  { replyId, epoch, progress, cancelRequested }: ReplyRecord,
  state: Exclude<Reconciled['state'], 'open'>,
): Promise<Receipt> => {
  const ending: Ending =
    state === 'complete'
      ? { status: 'finished' }
      : cancelRequested
        ? { status: 'interrupted' }
        : { status: 'failed', failure: orphaned }
  const ended = await store.end(replyId, epoch, { ...ending, progress })
  const receipt = { replyId, progress, settled: true }
  return ended === 'ended'
    ? { ...receipt, how: 'ended', ...ending }
    : { ...receipt, how: 'superseded', status: 'open' }
}
