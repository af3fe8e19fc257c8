import { chunkTextBytes } from '../../../core/reply/inbox.ts'
import type { Inbox, InboxTaken } from '../../../core/reply/record.ts'
import type { ReplyId } from '../../../core/reply/reply.ts'
import { json, number } from '../attribute.ts'
import { type Arm, type Change, increase, remove, set } from '../expression.ts'
import { holdsBytes, inboxBeginsAt } from './conditions.ts'
import { chunkName } from './item.ts'

/**
 * The inboxes this process saw last. A chunk never changes once stored, so an old view serves as well as a new one to know
 * the size of what is taken, if only the inbox still begins where it began: the write's condition says so.
 */
export interface InboxMemo {
  see(replyId: ReplyId, inbox: Inbox): void
  /** The inbox as seen last, when it holds every chunk below `nextSeq`. */
  recall(replyId: ReplyId, nextSeq: number): Inbox | undefined
}

/** Bounds the memory: at most this many inboxes of at most a few hundred KiB, far fewer in practice. */
const REMEMBERED_INBOXES = 64

const holdsAll = ({ chunks, nextSeq }: Inbox, before: number): boolean => {
  for (let seq = nextSeq; seq < before; seq += 1) {
    if (!chunks.has(seq)) return false
  }
  return true
}

export const inboxMemo = (): InboxMemo => {
  const inboxes = new Map<ReplyId, Inbox>()
  return {
    see(replyId, inbox) {
      inboxes.delete(replyId)
      inboxes.set(replyId, inbox)
      const [oldest] = inboxes.keys()
      if (inboxes.size > REMEMBERED_INBOXES && oldest !== undefined) inboxes.delete(oldest)
    },
    recall(replyId, nextSeq) {
      const inbox = inboxes.get(replyId)
      return inbox !== undefined && holdsAll(inbox, nextSeq) ? inbox : undefined
    },
  }
}

/** Names to one expression, which may have 4,096 characters. */
const REMOVED_AT_ONCE = 150

/** What a write needs to take chunks out of an inbox. */
export interface Take {
  readonly arms: readonly Arm[]
  readonly changes: readonly Change[]
  /** Chunks below the new `nextSeq`, which nobody reads any more, for writes of their own. */
  readonly leftovers: readonly (readonly Change[])[]
}

export const nothingTaken: Take = { arms: [], changes: [], leftovers: [] }

/** The inbox is as it was seen; what is older than it changes nothing. */
export const takeFrom = (inbox: Inbox, taken: InboxTaken): Take => {
  const heldBytes = chunkTextBytes(inbox.heldText)
  const arms = [inboxBeginsAt(inbox.nextSeq), holdsBytes(heldBytes)]
  if (taken.nextSeq < inbox.nextSeq) return { ...nothingTaken, arms }

  const seqs = [...inbox.chunks.keys()].filter((seq) => seq < taken.nextSeq)
  const bytes = seqs.reduce((sum, seq) => sum + chunkTextBytes(inbox.chunks.get(seq) ?? ''), 0)
  const nowHeldBytes = chunkTextBytes(taken.heldText)
  const moreBytes = nowHeldBytes - heldBytes - bytes
  const removals = seqs.map((seq) => remove(chunkName(seq)))
  const changes = [
    set('nextSeq', number(taken.nextSeq)),
    set('heldText', json(taken.heldText)),
    set('heldBytes', number(nowHeldBytes)),
    ...(moreBytes === 0 ? [] : [increase('waitingBytes', moreBytes)]),
    ...removals.slice(0, REMOVED_AT_ONCE),
  ]
  const leftovers: (readonly Change[])[] = []
  for (let from = REMOVED_AT_ONCE; from < removals.length; from += REMOVED_AT_ONCE) {
    leftovers.push(removals.slice(from, from + REMOVED_AT_ONCE))
  }
  return { arms, changes, leftovers }
}
