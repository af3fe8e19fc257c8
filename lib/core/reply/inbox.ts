import { unsentProgress } from './message.ts'
import type { Inbox, PushedChunk, ReplyRecord } from './record.ts'
import { hasEnded, isSameConversation, type ReplyId } from './reply.ts'

/** A chunk further ahead of the first missing one than this is not taken. */
export const MAX_CHUNKS_AHEAD = 1_000

/** Bytes that may wait in an inbox, as `chunkTextBytes` counts. The chunk that everything waits for is always taken. */
export const MAX_WAITING_BYTES = 65_536

/**
 * UTF-8 size of a chunk as it is stored: what JSON escapes counts escaped, so that nothing that fits here makes an item too
 * large for DynamoDB.
 */
export const chunkTextBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2

/** Size of everything that waits. */
const waitingBytesOf = ({ chunks }: Inbox): number => {
  let bytes = 0
  for (const text of chunks.values()) bytes += chunkTextBytes(text)
  return bytes
}

/** What is known of a chunk of that seq. One that was taken is known by its seq alone: its text is no longer there. */
const knownAs = ({ chunks, nextSeq }: Inbox, { seq, text }: PushedChunk): Reception | undefined => {
  const waiting = chunks.get(seq)
  if (waiting !== undefined && waiting !== text) return 'otherText'
  return waiting !== undefined || seq < nextSeq ? 'known' : undefined
}

/** True when a holder of the lease would find something to do. */
export const hasWork = ({ inbox, cancelRequested }: ReplyRecord): boolean => {
  const { chunks, nextSeq, finishSeq } = inbox
  const isFinishDue = finishSeq !== undefined && nextSeq > finishSeq
  return chunks.has(nextSeq) || isFinishDue || cancelRequested
}

/** A pushed reply that nothing was stored of. */
export const unstoredReply = (
  replyId: ReplyId,
  chunk: PushedChunk,
  nowMs: number,
): ReplyRecord => ({
  replyId,
  kind: 'pushed',
  ...(chunk.conversation === undefined ? {} : { conversation: chunk.conversation }),
  status: 'open',
  epoch: 0,
  leaseUntilMs: 0,
  cancelRequested: false,
  progress: unsentProgress(nowMs),
  createdAtMs: nowMs,
  piecewise: false,
  inbox: { chunks: new Map(), nextSeq: 0, heldText: '', pushes: 0 },
})

/** What a reply that exists makes of a pushed chunk, whoever holds its lease. */
type Reception = 'new' | 'known' | 'otherConversation' | 'otherText' | 'ended' | 'full'

/** Looks at neither lease nor time. */
export const receive = (record: ReplyRecord, chunk: PushedChunk): Reception => {
  const { nextSeq, finishSeq } = record.inbox
  if (!isForThis(record, chunk)) return 'otherConversation'
  const known = knownAs(record.inbox, chunk)
  if (known !== undefined) return known
  if (hasEnded(record.status) || (finishSeq !== undefined && chunk.seq > finishSeq)) return 'ended'
  const hasRoom =
    chunk.seq <= nextSeq + MAX_CHUNKS_AHEAD &&
    waitingBytesOf(record.inbox) + chunkTextBytes(chunk.text) <= MAX_WAITING_BYTES
  return chunk.seq === nextSeq || hasRoom ? 'new' : 'full'
}

/** A reply that is not pushed is somebody else's, too. */
const isForThis = (record: ReplyRecord, chunk: PushedChunk): boolean => {
  if (record.kind !== 'pushed') return false
  const { conversation: stored } = record
  const { conversation: said } = chunk
  return !stored || !said || isSameConversation(stored, said)
}
