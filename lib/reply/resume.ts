import type { ReplyRecord } from '../core/reply/record.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import { TextBrokenOff } from '../core/reply/text-broken-off.ts'
import type { InvocationSignals } from '../ports.ts'
import { catchUp, endAsShown, orphaned } from './catch-up.ts'
import { chunkMissing, drainInbox } from './drain-inbox.ts'
import { handOver, WAITING_LIMIT_MS } from './hand-over.ts'
import { type HeldReply, whileHeld } from './held.ts'
import { knownText, unsentOf } from './known-text.ts'
import { writeReply } from './loop.ts'
import { persist } from './persist.ts'
import { type AddressedRecord, isAddressed } from './read-back.ts'
import type { Receipt } from './receipt.ts'
import { streamedText } from './streamed-text.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

export interface ContinueOptions {
  /** The pieces of a `whole` reply, where the caller has them at hand. */
  readonly pieces?: readonly string[]
  /** When the slot for the first call was obtained, if there is one. */
  readonly slotAtMs?: number | undefined
  /** True when it is the sweeper that continues. */
  readonly sweeping?: boolean
  /**
   * Answers a `turn` reply from where it stands; `undefined` if that cannot be done. In that case, and without this option, a
   * notice closes the reply.
   */
  readonly answer?: (record: AddressedRecord) => Promise<Receipt> | undefined
}

/**
 * Continues a reply whose lease the caller has just taken, from where it really stands: to its end, until nothing more can be
 * sent for now, or until the invocation ends and hands the rest to the next one. Rejects with `OutOfReach` when the store
 * cannot be asked; the lease then runs out and the sweeper continues.
 */
export const continueReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: ReplyRecord,
  signals: InvocationSignals,
  options: ContinueOptions = {},
): Promise<Receipt> => {
  if (record.kind === 'pushed' || !isAddressed(record)) {
    const late = options.sweeping === true && hasWaitedTooLong(record, deps.clock.now())
    return drainInbox(deps, settings, record, signals.handOver, late ? chunkMissing : undefined)
  }
  switch (record.kind) {
    case 'whole':
      return continueWhole(deps, settings, record, signals, options)
    case 'turn':
      return closeOrphan(deps, settings, record, signals, options.answer)
  }
}

const continueWhole = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: AddressedRecord,
  signals: InvocationSignals,
  { pieces: given, slotAtMs }: ContinueOptions,
): Promise<Receipt> => {
  let pieces = given
  const receipt = await whileHeld(deps, settings, record, signals.handOver, async (held) => {
    const readPieces = () => deps.store.readPieces(record.replyId)
    pieces ??= await persist(readPieces, held.waiting.pauseThroughStop)
    const withSlot = slotAtMs === undefined ? held : { ...held, slotAtMs }
    return pieces && writeFromThere(deps, settings, withSlot, pieces)
  })
  if (pieces === undefined || receipt === undefined) {
    return closeOrphan(deps, settings, record, signals)
  }
  if (receipt.how !== 'handedOver') return receipt
  // Where the last call is in doubt, the next writer looks before it sends.
  if (deps.queue !== undefined || !receipt.settled) {
    return handOver(deps, settings, record, receipt, { pushes: record.inbox.pushes })
  }
  // Nobody else can continue it, so the rest is sent at once, in as few calls as possible.
  const rest = { ...withoutPace(record), progress: receipt.progress, leaseUntilMs: 0 }
  const allPieces = pieces
  const inHaste = { ...settings, minGapMs: 0 }
  return whileHeld(deps, inHaste, rest, signals.deadline, (held) =>
    writeWhole(deps, inHaste, held, allPieces, record),
  )
}

/** Writes a whole reply from where it really stands. */
const writeFromThere = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  pieces: readonly string[],
): Promise<Receipt> => {
  const { record } = held
  const at = await catchUp(deps, settings, held, (progress) =>
    unsentOf({ ...record, progress }, pieces),
  )
  if ('left' in at) return at.left
  if (at.state !== 'open') return endAsShown(deps, at.held, at.state)
  return writeWhole(deps, settings, at.held, pieces, record)
}

const withoutPace = ({ charsPerSecond: _, ...record }: AddressedRecord): AddressedRecord => ({
  ...record,
  piecewise: false,
})

const writeWhole = (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  pieces: readonly string[],
  stored: ReplyRecord,
): Promise<Receipt> => {
  const { record, wake } = held
  return writeReply(deps, settings, held, knownText({ pieces, record, stored }, deps.clock, wake))
}

/**
 * When the last writer left in order and the sweeper finds the reply, nothing has been pushed for as long as a reply may wait.
 * The time of the last call tells this from a hand-over.
 */
const hasWaitedTooLong = ({ progress, epoch }: ReplyRecord, nowMs: number): boolean =>
  progress.settledEpoch === epoch - 1 && nowMs - progress.lastCallAtMs >= WAITING_LIMIT_MS

/**
 * Ends a reply whose text is not known, unless it can be answered from where it stands: what users have seen stays, and a
 * notice says that the reply broke off.
 */
const closeOrphan = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: AddressedRecord,
  { deadline }: InvocationSignals,
  answer?: ContinueOptions['answer'],
): Promise<Receipt> => {
  const closed = await whileHeld(deps, settings, record, deadline, async (held) => {
    const at = await catchUp(deps, settings, held, () => undefined)
    if ('left' in at) return at.left
    if (at.state !== 'open') return endAsShown(deps, at.held, at.state)
    await held.lease.settled()
    const answering = answer?.({ ...at.held.record, leaseUntilMs: held.lease.untilMs() })
    if (answering !== undefined) return { answering }
    const text = streamedText(brokenOff(orphaned), held.wake, true)
    return writeReply(deps, settings, at.held, text)
  })
  return 'answering' in closed ? closed.answering : closed
}

// biome-ignore lint/correctness/useYield: it is a source that has nothing to give.
async function* brokenOff(failure: ReplyFailure): AsyncGenerator<string, void, void> {
  throw new TextBrokenOff(failure)
}

/**
 * Takes over a reply whose lease is free, and continues it. `undefined` when there is nothing to do or another writer holds the
 * lease.
 */
export const takeUpReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  replyId: ReplyRecord['replyId'],
  signals: InvocationSignals,
  options: ContinueOptions = {},
): Promise<Receipt | undefined> => {
  const nowMs = deps.clock.now()
  const leaseUntilMs = nowMs + settings.leaseMs
  const taken = await deps.store.takeOver(replyId, { nowMs, leaseUntilMs })
  if (taken.outcome !== 'taken') return undefined
  return continueReply(deps, settings, taken.record, signals, options)
}
