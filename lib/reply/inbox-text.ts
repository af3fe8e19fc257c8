import { type ChunkEnd, holdable } from '../core/reply/inbox.ts'
import type { Inbox, InboxTaken } from '../core/reply/record.ts'
import { type DeltaQueue, textBuffer } from './streamed-text.ts'

/** The text of a pushed reply: what its inbox holds without a gap, in the order of `seq`. */
export interface InboxText extends DeltaQueue {
  /** Takes over what a newer look at the inbox shows. */
  absorb(inbox: Inbox): void
  /** What may be recorded as taken, together with the progress as it is now. */
  taken(): InboxTaken
  /** The last seq whose text lies wholly within the first `sentChars` of the reply; -1 for none. */
  seqAt(sentChars: number): number
  /** How many pushes have been seen. */
  pushes(): number
}

/** `sentChars` is where the reply stands before the inbox's text. */
export const inboxText = (first: Inbox, sentChars: number): InboxText => {
  const buffer = textBuffer(true)
  let nextSeq = first.nextSeq
  let pushes = first.pushes
  let endChars = sentChars + first.heldText.length
  let closed = false
  /** What waited when the text was ended early: that is the reply's own text, whatever is sent in its place. */
  let kept: string | undefined
  const ends: [ChunkEnd, ...ChunkEnd[]] = [{ seq: first.nextSeq - 1, endChars }]

  const absorb = ({ chunks, finishSeq, ...inbox }: Inbox) => {
    if (closed) return
    pushes = Math.max(pushes, inbox.pushes)
    for (let chunk = chunks.get(nextSeq); chunk !== undefined; chunk = chunks.get(nextSeq)) {
      buffer.append(chunk)
      endChars += chunk.length
      ends.push({ seq: nextSeq, endChars })
      nextSeq += 1
    }
    if (finishSeq !== undefined && nextSeq > finishSeq) buffer.finish()
  }

  buffer.append(first.heldText)
  absorb(first)

  const waiting = () => buffer.queue.pending() + buffer.firstHalf()

  return {
    absorb,
    ...buffer.queue,
    failure: () => undefined,
    take(chars) {
      buffer.queue.take(chars)
      kept = kept?.slice(chars)
    },
    endWith(rest) {
      kept ??= waiting()
      buffer.queue.endWith(rest)
      closed = true
    },
    close() {
      closed = true
    },
    taken() {
      const unsent = kept ?? waiting()
      const sent = endChars - unsent.length
      const { seq, endChars: heldTo } = holdable(ends, unsent, sent)
      return { nextSeq: seq + 1, heldText: unsent.slice(0, heldTo - sent) }
    },
    seqAt: (chars) => ends.findLast((end) => end.endChars <= chars)?.seq ?? first.nextSeq - 1,
    pushes: () => pushes,
  }
}
