import type { PushedChunk, PushOutcome, ReplyRecord } from '../core/reply/record.ts'
import type { ReplyId } from '../core/reply/reply.ts'
import type { InvocationSignals } from '../ports.ts'
import type { Receipt } from '../reply/receipt.ts'
import { continueReply } from '../reply/resume.ts'
import type { WriterDeps, WriterSettings } from '../reply/writer-deps.ts'

export type PushResult =
  /** Stored, and all that could be sent was, this chunk or others. */
  | { readonly outcome: 'drained'; readonly receipt: Receipt }
  /** Stored, now or earlier; the holder of the lease sends it. */
  | { readonly outcome: 'accepted'; readonly record: ReplyRecord }
  | {
      readonly outcome: 'ended' | 'otherConversation' | 'otherText' | 'full'
      readonly record: ReplyRecord
    }

/**
 * Takes one chunk of a reply that is pushed bit by bit. One conditional write stores it and decides who sends: the one that
 * finds the lease free drains the inbox, everyone else leaves at once. Rejects with `OutOfReach` when the store cannot be
 * asked.
 */
export const pushChunk = async (
  deps: WriterDeps,
  settings: WriterSettings,
  replyId: ReplyId,
  chunk: PushedChunk,
  signals: InvocationSignals,
): Promise<PushResult> => {
  const nowMs = deps.clock.now()
  const times = { nowMs, leaseUntilMs: nowMs + settings.leaseMs }
  const pushed: PushOutcome = await deps.store.pushChunk(replyId, chunk, times)
  switch (pushed.outcome) {
    case 'holder':
      return {
        outcome: 'drained',
        receipt: await continueReply(deps, settings, pushed.record, signals),
      }
    case 'stored':
    case 'repeated':
      return { outcome: 'accepted', record: pushed.record }
    case 'ended':
    case 'otherConversation':
    case 'otherText':
    case 'full':
      return { outcome: pushed.outcome, record: pushed.record }
  }
}
