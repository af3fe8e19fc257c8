import type { ReplyRecord } from '../core/reply/record.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import { TextBrokenOff } from '../core/reply/text-broken-off.ts'
import { alignPieces, lastSentPiece } from '../core/text/align-pieces.ts'
import { wellFormed } from '../core/text/well-formed.ts'
import type { InvocationSignals } from '../ports.ts'
import { deliverReply, type Receipt } from './deliver.ts'
import { chunkMissing, drainInbox, WAITING_LIMIT_MS } from './drain-inbox.ts'
import { endAsShown, orphaned } from './end-as-shown.ts'
import { foundAt, isAddressed, leftUnsettled, pauseUntil } from './found.ts'
import { handOver } from './hand-over.ts'
import { dropChars, knownDeltas } from './known-text.ts'
import { persist } from './persist.ts'
import type { AddressedRecord, UnsentText } from './read-back.ts'
import { reconcileReply } from './recover.ts'
import type { WriterDeps, WriterSettings } from './session.ts'

export interface ContinueOptions {
  /** The pieces of a `whole` reply, where the caller has them at hand. */
  readonly pieces?: readonly string[]
  /** True when a place in the budget is held for the first call. */
  readonly hasSlot?: boolean
  /** True when the sweeper goes on. */
  readonly sweeping?: boolean
  /** Writes a `turn` reply that its users have seen nothing of; without it a notice closes it. */
  readonly writeAnew?: (record: ReplyRecord) => Promise<Receipt>
}

const never = new AbortController().signal

/**
 * Goes on with a reply whose lease the caller has just taken, from where it really stands: to its end, to where nothing more
 * can be sent now, or to the end of the invocation, which hands the rest to the next one. Rejects with `OutOfReach` when the
 * store cannot be asked; then the lease runs out and the sweeper goes on.
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
      return closeOrphan(deps, settings, record, signals, options.writeAnew)
  }
}

const continueWhole = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: AddressedRecord,
  signals: InvocationSignals,
  { pieces: given, hasSlot = false }: ContinueOptions,
): Promise<Receipt> => {
  const pause = pauseUntil(deps.clock, signals.handOver)
  const readPieces = () => deps.store.readPieces(record.replyId)
  const pieces = given ?? (await persist(readPieces, pause))
  if (pieces === undefined) return closeOrphan(deps, settings, record, signals)

  const unsent = unsentOf(record, pieces)
  const found = await reconcileReply(deps, settings, record, unsent, pause)
  const at = foundAt(record, found)
  if (found.state !== 'open') return endAsShown(deps, at, found.state, signals.handOver)
  const foreseen = record.charsPerSecond === undefined
  const isTooLate = !found.waited && signals.handOver.aborted
  if (isTooLate && deps.queue === undefined) return leftUnsettled(at)

  const receipt = isTooLate
    ? leftUnsettled(at)
    : await deliverWhole(deps, settings, at, { pieces, hasSlot, foreseen }, signals.handOver)
  if (receipt.how !== 'handedOver') return receipt
  if (deps.queue !== undefined) {
    return handOver(deps, settings, at, receipt, { pushes: record.inbox.pushes })
  }
  // Whether its last call was applied is still to be found out: by the next writer, who looks before it sends.
  if (!receipt.settled) return receipt
  // Nobody is there to go on with it: the rest goes at once, in as few calls as it fits into.
  const rest = { ...withoutPace(record), progress: receipt.progress, leaseUntilMs: 0 }
  return deliverWhole(deps, { ...settings, minGapMs: 0 }, rest, { pieces }, signals.deadline)
}

const withoutPace = ({ charsPerSecond: _, ...record }: ReplyRecord): ReplyRecord => ({
  ...record,
  piecewise: false,
})

interface WholeText {
  readonly pieces: readonly string[]
  readonly hasSlot?: boolean
  readonly foreseen?: boolean
}

const deliverWhole = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: ReplyRecord,
  { pieces, hasSlot = false, foreseen = false }: WholeText,
  handOver: AbortSignal,
): Promise<Receipt> => {
  const reading = new AbortController()
  const { piecewise, charsPerSecond, progress } = record
  const text = {
    pieces,
    piecewise,
    fromChars: progress.sentChars,
    ...(charsPerSecond === undefined ? {} : { charsPerSecond }),
  }
  try {
    return await deliverReply(
      deps,
      settings,
      {
        record,
        deltas: knownDeltas(text, deps.clock, reading.signal),
        merge: !piecewise,
        hasSlot,
        foreseen,
        seqAt: lastSentPiece(pieces),
      },
      { handOver, interrupt: never },
    )
  } finally {
    reading.abort()
  }
}

const unsentOf = (
  { progress, piecewise, charsPerSecond }: ReplyRecord,
  pieces: readonly string[],
): UnsentText => {
  const text = wellFormed(pieces.join('')).slice(progress.sentChars)
  const nextPiece = piecewise ? dropChars(alignPieces(pieces), progress.sentChars)[0] : undefined
  const nextCall = nextPiece ?? (charsPerSecond === undefined ? text : undefined)
  return { text, toTheEnd: true, ...(nextCall === undefined ? {} : { nextCall }) }
}

/**
 * Where the last writer left in order and the sweeper comes, nothing has been pushed for as long as a reply may wait; the
 * time of the last call tells that from a hand-over.
 */
const hasWaitedTooLong = ({ progress, epoch }: ReplyRecord, nowMs: number): boolean =>
  progress.settledEpoch === epoch - 1 && nowMs - progress.lastCallAtMs >= WAITING_LIMIT_MS

/** Ends a reply whose text is not known: what is shown stays, and a notice says that it broke off. */
const closeOrphan = async (
  deps: WriterDeps,
  settings: WriterSettings,
  record: AddressedRecord,
  { deadline }: InvocationSignals,
  writeAnew?: ContinueOptions['writeAnew'],
): Promise<Receipt> => {
  const pause = pauseUntil(deps.clock, deadline)
  const found = await reconcileReply(deps, settings, record, undefined, pause)
  const at = foundAt(record, found)
  const { progress } = at
  if (found.state !== 'open') return endAsShown(deps, at, found.state, deadline)
  if (!found.waited && deadline.aborted) return leftUnsettled(at)
  if (writeAnew !== undefined && progress.msgKeys.length === 0) return writeAnew(at)
  const deltas = brokenOff(orphaned)
  const signals = { handOver: deadline, interrupt: never }
  return deliverReply(deps, settings, { record: at, deltas, merge: true }, signals)
}

// biome-ignore lint/correctness/useYield: it is a source that has nothing to give.
async function* brokenOff(failure: ReplyFailure): AsyncGenerator<string, void, void> {
  throw new TextBrokenOff(failure)
}

/** Takes a reply over where nobody holds it. `undefined` when there is nothing to do or somebody else is at it. */
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
