import { unsentProgress } from '../../../lib/core/reply/message.ts'
import type { NewReply, PushedChunk } from '../../../lib/core/reply/record.ts'
import type { Progress, ReplyId } from '../../../lib/core/reply/reply.ts'
import type { ReplyStore } from '../../../lib/ports.ts'

/** The store under test. */
export interface Subject {
  readonly store: ReplyStore
  /** A store as another process would have it, on the same replies. */
  newStore(): ReplyStore
}

/** The time of all tests but those of `listOrphans`. */
export const T = 1_700_000_000_000
export const LEASE_MS = 15_000
export const conversation = { from: '@RBT#bot', to: 'user' }
export const times = (nowMs: number) => ({ nowMs, leaseUntilMs: nowMs + LEASE_MS })

let ids = 0
export const newId = (): ReplyId => {
  ids += 1
  return `contract-${ids}` as ReplyId
}

export const progressWith = (sentChars: number): Progress => ({ ...unsentProgress(T), sentChars })

export const newReply = (replyId: ReplyId, more: Partial<NewReply> = {}): NewReply => ({
  replyId,
  kind: 'turn',
  conversation,
  createdAtMs: T,
  progress: unsentProgress(T),
  piecewise: false,
  ...more,
})

/** Begins a reply of its own. */
export const begun = async (
  store: ReplyStore,
  more: Partial<NewReply> = {},
  leaseUntilMs = T + LEASE_MS,
): Promise<ReplyId> => {
  const replyId = newId()
  await store.begin(newReply(replyId, more), leaseUntilMs)
  return replyId
}

/** Chunk 0 names the conversation. */
export const chunk = (seq: number, text: string, more: Partial<PushedChunk> = {}): PushedChunk => ({
  seq,
  text,
  finish: false,
  ...(seq === 0 ? { conversation } : {}),
  ...more,
})

export const outcomesOf = (results: readonly { readonly outcome: string }[]) => {
  const counts: Record<string, number> = {}
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
