import type { ReplyRecord } from '../core/reply/record.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import { wayOf } from '../core/reply/way.ts'
import type { Ending } from '../core/reply/writing.ts'
import { endReply } from './end-reply.ts'
import { goOnFromCall } from './go-on-from-call.ts'
import type { HeldReply } from './held.ts'
import type { Reconciled } from './read-back.ts'
import type { Receipt } from './receipt.ts'
import { reconcileReply } from './recover.ts'
import type { UnsentAt } from './reply-text.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/** How far a held reply has come, or the receipt if its writer had to leave before finding out. */
export type CaughtUp =
  | { readonly held: HeldReply; readonly state: Reconciled['state'] }
  | { readonly left: Receipt }

/** Finds out how far a reply has really come (`reconcileReply`), and keeps its lease meanwhile. */
export const catchUp = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  unsentAt: UnsentAt,
): Promise<CaughtUp> => {
  const { record, lease, waiting } = held
  const pause = waiting.pauseThroughStop
  const way = wayOf(settings.ways, record.conversation, record.progress)
  const reconciled =
    way.afterLostAnswer === 'repeat'
      ? await goOnFromCall(deps, settings, held, way)
      : await reconcileReply(deps, settings, record, unsentAt, pause)
  const ends = waiting.ends()
  if (reconciled === undefined) {
    return leave(held, ends === undefined || ends === 'stopped' ? 'unreachable' : ends)
  }
  const { progress, state, stopped } = reconciled
  if (stopped === true) lease.noteStop()
  // A reply that is seen to be closed can be recorded, however little time is left.
  if (ends === 'superseded' || (ends === 'handedOver' && state === 'open')) {
    return leave(held, ends)
  }
  const cancelRequested = lease.cancelRequested()
  return { held: { ...held, record: { ...record, progress, cancelRequested } }, state }
}

const leave = async (
  { record, lease }: HeldReply,
  how: Exclude<Receipt['how'], 'ended'>,
): Promise<CaughtUp> => {
  await lease.settled()
  const { replyId, progress } = record
  return { left: { replyId, how, progress, settled: false, status: 'open' } }
}

/** The failure of a reply whose text was lost when its writer died. */
export const orphaned: ReplyFailure = {
  reason: 'orphaned',
  detail: 'The invocation that wrote the reply died, and its text with it.',
}

/** Records the end of a reply whose writer closed the message but died before recording that. */
export const endAsShown = async (
  deps: WriterDeps,
  held: HeldReply,
  state: Exclude<Reconciled['state'], 'open'>,
): Promise<Receipt> => {
  const { record } = held
  const { replyId } = record
  const ending = endingAsShown(record, state)
  const { written, progress } = await endReply(deps, held, record, ending)
  const receipt = { replyId, progress, settled: true }
  return written === 'ended'
    ? { ...receipt, how: 'ended', ...ending }
    : { ...receipt, how: 'superseded', status: 'open' }
}

const endingAsShown = (
  { kind, cancelRequested }: ReplyRecord,
  state: Exclude<Reconciled['state'], 'open'>,
): Ending => {
  // Whether a text that died with its writer is complete is unknown; where a stop was requested, the stop is taken to have closed it.
  const isWhole = state === 'complete' && !(kind === 'turn' && cancelRequested)
  if (isWhole) return { status: 'finished' }
  return cancelRequested ? { status: 'interrupted' } : { status: 'failed', failure: orphaned }
}
