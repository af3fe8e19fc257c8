import { unsentProgress } from './message.ts'
import type { Inbox, PushedChunk, ReplyRecord } from './record.ts'
import { hasEnded, isSameConversation, type ReplyId } from './reply.ts'

/** A chunk further ahead of the first missing one than this is not taken. */
export const MAX_CHUNKS_AHEAD = 1_000

/** Bytes that may wait in an inbox, held text included, as `chunkTextBytes` counts. */
export const MAX_WAITING_BYTES = 65_536

/** Held text up to this size is the last cluster, which only more text can move: it keeps no chunk out, however large. */
const LAST_CLUSTER_BYTES = 1_024

/**
 * UTF-8 size of a chunk as it is stored: what JSON escapes counts escaped, so that nothing that fits here makes an item too
 * large for DynamoDB.
 */
export const chunkTextBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2

/** Size of everything that waits, and of what was taken and is not sent. */
const waitingBytesOf = ({ chunks, heldText }: Inbox): number => {
  let bytes = chunkTextBytes(heldText)
  for (const text of chunks.values()) bytes += chunkTextBytes(text)
  return bytes
}

/**
 * As much as may be held where the chunk is stored that everything else waits for: it is taken whatever waits behind it, but for
 * text that its holder can send without it.
 */
export const heldRoomFor = (text: string): number =>
  Math.max(MAX_WAITING_BYTES - chunkTextBytes(text), LAST_CLUSTER_BYTES)

/** Where a chunk ends in the text that its holder has in hand, in UTF-16 units. */
export interface ChunkEnd {
  readonly seq: number
  readonly endChars: number
}

/**
 * The last of the chunks in hand that may be recorded as taken; the first of them was. Taken are those whose text was sent,
 * wholly or in part, and of the rest as much as may be held: what cannot be held stays in the inbox. `unsent` begins at
 * `sentChars`.
 */
export const holdable = (
  [first, ...later]: readonly [ChunkEnd, ...ChunkEnd[]],
  unsent: string,
  sentChars: number,
): ChunkEnd => {
  const at = ({ endChars }: ChunkEnd) => Math.max(endChars - sentChars, 0)
  let taken = first
  let heldBytes = chunkTextBytes(unsent.slice(0, at(first)))
  for (const end of later) {
    const isBegun = taken.endChars < sentChars
    if (at(end) > 0) heldBytes += chunkTextBytes(unsent.slice(at(taken), at(end)))
    if (!isBegun && heldBytes > MAX_WAITING_BYTES) break
    taken = end
  }
  return taken
}

/** What is known of a chunk of that seq. One that was taken is known by its seq alone: its text is no longer there. */
const knownAs = (record: ReplyRecord, chunk: PushedChunk): Reception | undefined => {
  const { chunks, nextSeq } = record.inbox
  const waiting = chunks.get(chunk.seq)
  if (waiting !== undefined && waiting !== chunk.text) return 'otherText'
  if (waiting === undefined && chunk.seq >= nextSeq) return undefined
  return isNewsOfTheEnd(record, chunk) ? 'finishes' : 'known'
}

/** Where a later chunk was taken already, the end cannot be here any more. */
const isNewsOfTheEnd = (
  { status, inbox: { nextSeq, finishSeq } }: ReplyRecord,
  { seq, finish }: PushedChunk,
): boolean => finish && finishSeq === undefined && !hasEnded(status) && seq >= nextSeq - 1

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

/**
 * What an existing reply does with a pushed chunk, regardless of who holds its lease. `finishes`: it is known, but for being the
 * last.
 */
type Reception = 'new' | 'finishes' | 'known' | 'otherConversation' | 'otherText' | 'ended' | 'full'

/** Looks at neither lease nor time. */
export const receive = (record: ReplyRecord, chunk: PushedChunk): Reception => {
  const { finishSeq } = record.inbox
  if (!isForThis(record, chunk)) return 'otherConversation'
  const known = knownAs(record, chunk)
  if (known !== undefined) return known
  if (hasEnded(record.status) || (finishSeq !== undefined && chunk.seq > finishSeq)) return 'ended'
  return hasRoom(record.inbox, chunk) ? 'new' : 'full'
}

const hasRoom = (inbox: Inbox, { seq, text }: PushedChunk): boolean =>
  seq === inbox.nextSeq
    ? chunkTextBytes(inbox.heldText) <= heldRoomFor(text)
    : seq <= inbox.nextSeq + MAX_CHUNKS_AHEAD &&
      waitingBytesOf(inbox) + chunkTextBytes(text) <= MAX_WAITING_BYTES

/** A reply that is not pushed is somebody else's, too. */
const isForThis = (record: ReplyRecord, chunk: PushedChunk): boolean => {
  if (record.kind !== 'pushed') return false
  const { conversation: stored } = record
  const { conversation: said, bound } = chunk
  if (stored === undefined) return !bound
  return said === undefined || isSameConversation(stored, said)
}
