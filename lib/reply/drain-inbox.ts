import type { ReplyRecord } from '../core/reply/record.ts'
import type { Progress, ReplyFailure } from '../core/reply/reply.ts'
import { type Receipt, writeHeld } from './deliver.ts'
import { endAsShown } from './end-as-shown.ts'
import { foundAt, isAddressed, leftUnsettled, pauseUntil } from './found.ts'
import { handOver } from './hand-over.ts'
import { inboxText } from './inbox-text.ts'
import type { Checkpoint, ReplyLease } from './lease.ts'
import { reconcileReply } from './recover.ts'
import type { WriterDeps, WriterSettings } from './session.ts'
import { createWake } from './wake.ts'

/** How long a pushed reply may wait for its next chunk before the sweeper closes it, in ms. */
export const WAITING_LIMIT_MS = 60_000

const never = new AbortController().signal

/** Why a pushed reply is closed before its `finish` has come. */
export const chunkMissing: ReplyFailure = {
  reason: 'chunk-missing',
  detail: 'The next chunk of the reply did not come in time.',
}

/**
 * Sends what a pushed reply's inbox holds: contiguous chunks as one, looks again, and gives the lease up on condition that
 * nothing new has come. The caller holds the lease. With `giveUp` the reply is closed with a notice behind what there is.
 */
export const drainInbox = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: ReplyRecord,
  timeIsOver: AbortSignal,
  giveUp?: ReplyFailure,
): Promise<Receipt> => {
  if (!isAddressed(record)) {
    const left = await leaveUnaddressed(deps, record, giveUp)
    return left.how === 'news' ? drainInbox(deps, settings, left.record, timeIsOver, giveUp) : left
  }

  const first = inboxText(record.inbox, record.progress.sentChars)
  const unsent = { text: first.pending(), toTheEnd: first.ended() }
  const pause = pauseUntil(deps.clock, timeIsOver)
  const found = await reconcileReply(deps, settings, record, unsent, pause)
  const at = foundAt(record, found)
  const { progress } = at
  if (found.state !== 'open') return endAsShown(deps, at, found.state, timeIsOver)
  if (!found.waited && timeIsOver.aborted) {
    return handOver(deps, settings, record, leftUnsettled(at), { pushes: record.inbox.pushes })
  }

  first.take(progress.sentChars - record.progress.sentChars)
  const failure = () => (giveUp === undefined || first.ended() ? undefined : { failure: giveUp })
  const queue = { ...first, failure }
  const checkpoint = (at: Progress): Checkpoint => ({
    progress: { ...at, sentSeq: first.seqAt(at.sentChars) },
    taken: first.taken(),
  })
  const leave = (lease: ReplyLease) => async (now: Checkpoint) => {
    const released = await release(deps, record, now, first.pushes())
    if (released !== 'news') return 'leave' as const
    await lease.save(now)
    return 'again' as const
  }

  const receipt = await writeHeld(
    deps,
    settings,
    {
      record: at,
      queue,
      wake: createWake(deps.clock),
      holdBack: true,
      hasSlot: false,
      foreseen: false,
      checkpoint,
      onLeaseState: (leaseState) => {
        if (leaseState.held) first.absorb(leaseState.inbox)
      },
      pulled: (lease) => ({ onIdle: leave(lease) }),
    },
    { handOver: timeIsOver, interrupt: never },
  )
  if (receipt.how !== 'handedOver') return receipt
  const seen = { pushes: first.pushes(), taken: first.taken() }
  return handOver(deps, settings, record, receipt, seen)
}

const release = (
  { store, clock }: WriterDeps,
  { replyId, epoch }: ReplyRecord,
  { progress, ...checkpoint }: Checkpoint,
  pushes: number,
): Promise<'released' | 'news' | 'superseded'> =>
  store.release(replyId, epoch, {
    ...checkpoint,
    progress: { ...progress, settledEpoch: epoch },
    pushes,
    sweepAtMs: clock.now() + WAITING_LIMIT_MS,
  })

/** Nobody can be written to before the chunk has come that names the conversation. */
const leaveUnaddressed = async (
  deps: WriterDeps,
  record: ReplyRecord,
  giveUp: ReplyFailure | undefined,
): Promise<Receipt | { readonly how: 'news'; readonly record: ReplyRecord }> => {
  const { replyId, epoch, progress, inbox } = record
  if (giveUp !== undefined) {
    const ending = { status: 'failed', failure: giveUp } as const
    await deps.store.end(replyId, epoch, { ...ending, progress })
    return { replyId, how: 'ended', progress, settled: true, ...ending }
  }
  const taken = { nextSeq: inbox.nextSeq, heldText: inbox.heldText }
  const left = await release(deps, record, { progress, taken }, inbox.pushes)
  if (left !== 'news') return { replyId, how: 'released', progress, settled: true, status: 'open' }

  const newer = await deps.store.read(replyId)
  if (newer === undefined || newer.epoch !== epoch) {
    return { replyId, how: 'superseded', progress, settled: true, status: 'open' }
  }
  return { how: 'news', record: newer }
}
