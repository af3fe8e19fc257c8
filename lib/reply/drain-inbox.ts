import type { ReplyRecord } from '../core/reply/record.ts'
import type { Progress, ReplyFailure } from '../core/reply/reply.ts'
import { type Receipt, writeHeld } from './deliver.ts'
import { endAsShown } from './end-as-shown.ts'
import { findPlace } from './find-place.ts'
import { handOver, type SeenInbox } from './hand-over.ts'
import { type HeldReply, whileHeld } from './held.ts'
import { type InboxText, inboxText } from './inbox-text.ts'
import type { Checkpoint } from './lease.ts'
import { isAddressed } from './read-back.ts'
import type { WriterDeps, WriterSettings } from './session.ts'

/** How long a pushed reply may wait for its next chunk before the sweeper closes it, in ms. */
export const WAITING_LIMIT_MS = 60_000

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

  return whileHeld(deps, settings, record, timeIsOver, (held) =>
    drainHeld(deps, settings, held, giveUp),
  )
}

const drainHeld = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  giveUp: ReplyFailure | undefined,
): Promise<Receipt> => {
  const { record } = held
  const text = inboxText(record.inbox, record.progress.sentChars)
  const unsent = { text: text.pending(), toTheEnd: text.ended() }
  const place = await findPlace(deps, settings, held, unsent)
  if ('left' in place) {
    return handedOn(deps, settings, record, place.left, { pushes: record.inbox.pushes })
  }
  if (place.state !== 'open') return endAsShown(deps, place.held, place.state)

  text.take(place.held.record.progress.sentChars - record.progress.sentChars)
  const receipt = await drainFrom(deps, settings, place.held, text, giveUp)
  const seen = { pushes: text.pushes(), taken: text.taken() }
  return handedOn(deps, settings, record, receipt, seen)
}

const handedOn = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: ReplyRecord,
  receipt: Receipt,
  seen: SeenInbox,
): Promise<Receipt> =>
  receipt.how === 'handedOver' ? handOver(deps, settings, record, receipt, seen) : receipt

const drainFrom = (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  text: InboxText,
  giveUp: ReplyFailure | undefined,
): Promise<Receipt> => {
  const failure = () => (giveUp === undefined || text.ended() ? undefined : { failure: giveUp })
  const checkpoint = (at: Progress): Checkpoint => ({
    progress: { ...at, sentSeq: text.seqAt(at.sentChars) },
    taken: text.taken(),
  })
  const onIdle = async (now: Checkpoint) => {
    const released = await release(deps, held.record, now, text.pushes())
    if (released !== 'news') return 'leave'
    await held.lease.save(now)
    return 'again'
  }
  held.onLeaseState((leaseState) => {
    if (leaseState.held) text.absorb(leaseState.inbox)
  })
  return writeHeld(deps, settings, held, {
    queue: { ...text, failure },
    holdBack: true,
    hasSlot: false,
    foreseen: false,
    checkpoint,
    pulled: { onIdle },
  })
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
  const { replyId, epoch, progress, inbox, cancelRequested } = record
  const superseded = {
    replyId,
    how: 'superseded',
    progress,
    settled: true,
    status: 'open',
  } as const
  const ending = cancelRequested
    ? ({ status: 'interrupted' } as const)
    : giveUp && ({ status: 'failed', failure: giveUp } as const)
  if (ending !== undefined) {
    const ended = await deps.store.end(replyId, epoch, { ...ending, progress })
    if (ended !== 'ended') return superseded
    return { replyId, how: 'ended', progress, settled: true, ...ending }
  }
  const taken = { nextSeq: inbox.nextSeq, heldText: inbox.heldText }
  const left = await release(deps, record, { progress, taken }, inbox.pushes)
  if (left !== 'news') return { ...superseded, how: left }

  const newer = await deps.store.read(replyId)
  return newer?.epoch === epoch ? { how: 'news', record: newer } : superseded
}
