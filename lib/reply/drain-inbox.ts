import type { ReplyRecord } from '../core/reply/record.ts'
import type { Progress, ReplyFailure } from '../core/reply/reply.ts'
import { catchUp, endAsShown } from './catch-up.ts'
import { handOver, releaseLease, type SeenInbox } from './hand-over.ts'
import { type HeldReply, whileHeld } from './held.ts'
import { inboxText } from './inbox-text.ts'
import { writeReply } from './loop.ts'
import { isAddressed } from './read-back.ts'
import type { Receipt } from './receipt.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

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
  const text = inboxText(record.inbox, record.progress.sentChars, giveUp)
  const { pushes } = record.inbox
  const [unsent, toTheEnd] = [text.pending(), text.ended()]
  const unsentAt = ({ sentChars }: Progress) => ({
    text: unsent.slice(sentChars - record.progress.sentChars),
    toTheEnd,
  })
  const at = await catchUp(deps, settings, held, unsentAt)
  if ('left' in at) return handedOn(deps, settings, record, at.left, { pushes })
  if (at.state !== 'open') return endAsShown(deps, at.held, at.state)

  const { progress } = at.held.record
  text.take(progress.sentChars - record.progress.sentChars)
  const receipt = await writeReply(deps, settings, at.held, text)
  const { taken } = text.checkpoint(receipt.progress)
  const seen = { pushes: text.pushes(), ...(taken === undefined ? {} : { taken }) }
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
  const left = await releaseLease(deps, record, { progress, taken }, inbox.pushes)
  if (left !== 'news') return { ...superseded, how: left }

  const newer = await deps.store.read(replyId)
  return newer?.epoch === epoch ? { how: 'news', record: newer } : superseded
}
