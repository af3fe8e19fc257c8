import { type ChunkEnd, holdable } from '../core/reply/inbox.ts'
import type { Inbox, InboxTaken } from '../core/reply/record.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import type { ReplyText } from './reply-text.ts'
import { textBuffer } from './text-buffer.ts'

/**
 * The text of a pushed reply: what its inbox holds without a gap, in the order of `seq`. `sentChars` is where the reply stands
 * before it. With `giveUp` the text breaks off behind what there is, unless its end is there.
 */
export const inboxText = (
  first: Inbox,
  sentChars: number,
  giveUp: ReplyFailure | undefined,
): ReplyText => {
  const buffer = textBuffer(true)
  let nextSeq = first.nextSeq
  let pushes = first.pushes
  let endChars = sentChars + first.heldText.length
  let closed = false
  /** What was unsent when the text was ended early: still the reply's own text, whatever is sent instead. */
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

  const waiting = () => buffer.pending() + buffer.firstHalf()
  /** What may be recorded as taken, together with the progress as it is now. */
  const taken = (): InboxTaken => {
    const unsent = kept ?? waiting()
    const sent = endChars - unsent.length
    const { seq, endChars: heldTo } = holdable(ends, unsent, sent)
    return { nextSeq: seq + 1, heldText: unsent.slice(0, heldTo - sent) }
  }
  /** The last seq whose text lies wholly within the first `chars` of the reply; -1 for none. */
  const seqAt = (chars: number): number =>
    ends.findLast((end) => end.endChars <= chars)?.seq ?? first.nextSeq - 1

  return {
    pending: buffer.pending,
    ended: buffer.ended,
    failure: () => (giveUp === undefined || buffer.ended() ? undefined : { failure: giveUp }),
    take(chars) {
      buffer.take(chars)
      kept = kept?.slice(chars)
    },
    endWith(rest) {
      kept ??= waiting()
      buffer.endWith(rest)
      closed = true
    },
    checkpoint: (progress) => ({
      progress: { ...progress, sentSeq: seqAt(progress.sentChars) },
      taken: taken(),
    }),
    refresh(state) {
      if (state.held) absorb(state.inbox)
    },
    knownAfter: () => undefined,
    pushes: () => pushes,
    whenIdle: 'release',
    holdsBack: true,
    // Whoever pushes decides what is shown when; and nobody waits for what might close it.
    smooths: false,
    survivesItsWriter: true,
    close() {
      closed = true
    },
  }
}
