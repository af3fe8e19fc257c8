import { lastSentPiece } from './core/align-pieces.ts'
import { unsentProgress } from './core/message.ts'
import type { Conversation, ReplyId } from './core/reply.ts'
import { deliverReply, type Receipt } from './deliver-reply.ts'
import type { ReplyRecord } from './ports.ts'
import { wholeDeltas } from './whole-deltas.ts'
import type { WriterDeps, WriterSettings } from './write-reply.ts'

/** A reply whose text is known whole. */
export interface WholeReply {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly pieces: readonly string[]
  readonly piecewise: boolean
  readonly charsPerSecond?: number
}

export interface InvocationSignals {
  /** Aborts while there is just time enough to bring things in order. */
  readonly handOver: AbortSignal
  /** Aborts when the invocation is about to be ended. */
  readonly deadline: AbortSignal
}

export type SendOutcome =
  | { readonly outcome: 'sent'; readonly receipt: Receipt }
  /** A reply of that name was there before; nothing was sent. */
  | { readonly outcome: 'known'; readonly record: ReplyRecord }

/**
 * Sends a whole reply. The record, with the text, is written before the first call, so that the same `replyId` is never
 * written twice and another invocation can go on with it. Rejects with `OutOfReach` when the store cannot be asked; then
 * nothing was sent.
 */
export const sendReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  reply: WholeReply,
  { handOver, deadline }: InvocationSignals,
): Promise<SendOutcome> => {
  const nowMs = deps.clock.now()
  const { created, record } = await deps.store.begin(
    { ...reply, kind: 'whole', createdAtMs: nowMs, progress: unsentProgress(nowMs) },
    nowMs + settings.leaseMs,
  )
  if (!created) return { outcome: 'known', record }

  const never = new AbortController().signal
  const stopReading = new AbortController()
  const deliver = (
    from: ReplyRecord,
    text: Pick<WholeReply, 'piecewise' | 'charsPerSecond'>,
    gapMs: number,
    stop: AbortSignal,
  ) =>
    deliverReply(
      deps,
      { ...settings, minGapMs: gapMs },
      {
        record: from,
        deltas: wholeDeltas(
          { pieces: reply.pieces, ...text, fromChars: from.progress.sentChars },
          deps.clock,
          stopReading.signal,
        ),
        merge: !text.piecewise,
        seqAt: (sentChars) => lastSentPiece(reply.pieces, sentChars),
      },
      { handOver: stop, interrupt: never },
    )
  try {
    const receipt = await deliver(record, reply, settings.minGapMs, handOver)
    if (receipt.how !== 'handedOver') return { outcome: 'sent', receipt }
    // Nobody is there to go on with it: the rest goes at once, in as few calls as it fits into.
    const rest = { ...record, leaseUntilMs: 0, progress: receipt }
    return {
      outcome: 'sent',
      receipt: await deliver(rest, { piecewise: false }, 0, deadline),
    }
  } finally {
    stopReading.abort()
  }
}
