import { charsThatFit } from '../core/reply/fits-messages.ts'
import { unsentProgress } from '../core/reply/message.ts'
import { isMadeOfOther } from '../core/reply/order-hash.ts'
import type { ReplyRecord } from '../core/reply/record.ts'
import { type Conversation, isSameConversation, type ReplyId } from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import { handOver } from '../reply/hand-over.ts'
import type { Receipt } from '../reply/receipt.ts'
import { continueReply, takeUpReply } from '../reply/resume.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'

/** A reply whose text is known whole. */
export interface WholeReply {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly pieces: readonly string[]
  readonly piecewise: boolean
  readonly charsPerSecond?: number
  /** `orderHash` of this order; without it, any request with the same `replyId` counts as the same reply. */
  readonly orderHash?: string
  /** True when the caller would rather not wait for the end. */
  readonly async?: boolean
}

export type SendOutcome =
  | { readonly outcome: 'sent'; readonly receipt: Receipt }
  /** A reply of that name was there before, and has ended or is being written by somebody else; nothing was sent. */
  | { readonly outcome: 'known'; readonly record: ReplyRecord }
  /** A reply of that name was there before, in another conversation or made of something else; nothing was sent. */
  | {
      readonly outcome: 'otherConversation' | 'otherText'
      readonly record: ReplyRecord
    }
  /** The text fills more messages than one reply may; this much of it would fit, in UTF-16 units. Nothing was stored or sent. */
  | { readonly outcome: 'tooLong'; readonly fitsChars: number }

/**
 * Sends a whole reply. The record, with the text, is written before the first call, so that the same `replyId` is never written
 * twice and another invocation can go on with it. When the same reply is requested again and its writer has died, it is
 * continued, unless the caller would rather not wait. Rejects with `OutOfReach` when the store cannot be asked.
 */
export const sendReply = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { async: later = false, ...reply }: WholeReply,
  signals: InvocationSignals,
): Promise<SendOutcome> => {
  const nowMs = deps.clock.now()
  // A reply without any text consists of the notice for that case.
  const pieces = reply.pieces.some((piece) => piece !== '')
    ? reply.pieces
    : [settings.notices.empty]
  const fitsChars = charsThatFit({ ...reply, pieces }, settings.messageBytes)
  if (fitsChars !== undefined) return { outcome: 'tooLong', fitsChars }
  // The first call's slot is reserved at the same time, so that it does not cost the first text a round trip.
  const [{ created, record }, slotAtMs] = await Promise.all([
    deps.store.begin(
      {
        ...reply,
        pieces,
        kind: 'whole',
        createdAtMs: nowMs,
        progress: unsentProgress(nowMs),
      },
      nowMs + settings.leaseMs,
    ),
    later ? undefined : firstSlot(deps, signals.handOver),
  ])
  const other = created ? undefined : otherThan(record, reply)
  if (other !== undefined) return { outcome: other, record }
  if (later && deps.queue !== undefined) {
    if (!created) return { outcome: 'known', record }
    const unsent = unsentReceipt(record)
    const receipt = await handOver(deps, settings, record, unsent, { pushes: 0 })
    return { outcome: 'sent', receipt }
  }
  const receipt = created
    ? await continueReply(deps, settings, record, signals, { pieces, slotAtMs })
    : await takeUpReply(deps, settings, record.replyId, signals)
  return receipt === undefined ? { outcome: 'known', record } : { outcome: 'sent', receipt }
}

/** When the slot was obtained; if recording the reply takes longer than the slot lasts, another one is needed. */
const firstSlot = async (
  { rateLimit, clock }: WriterDeps,
  handOver: AbortSignal,
): Promise<number | undefined> =>
  (await rateLimit?.slot('edge', handOver)) === true ? clock.now() : undefined

const otherThan = (
  record: ReplyRecord,
  asked: Omit<WholeReply, 'async'>,
): 'otherConversation' | 'otherText' | undefined => {
  const { conversation: own } = record
  if (own !== undefined && !isSameConversation(own, asked.conversation)) return 'otherConversation'
  return isMadeOfOther(record, asked, asked.orderHash) ? 'otherText' : undefined
}

const unsentReceipt = ({ replyId, progress }: ReplyRecord): Receipt => ({
  replyId,
  progress,
  how: 'handedOver',
  status: 'open',
  settled: true,
})
