import {
  chunkTextBytes,
  heldRoomFor,
  MAX_CHUNKS_AHEAD,
  MAX_WAITING_BYTES,
} from '../../../core/reply/inbox.ts'
import type { PushedChunk } from '../../../core/reply/record.ts'
import { type Conversation, conversationText } from '../../../core/reply/reply.ts'
import { json, number, text } from '../attribute.ts'
import { type Arm, all, any } from '../expression.ts'
import { sweepUnsettled } from '../table.ts'
import { chunkName } from './item.ts'

/*
 * The life of a lease, by the item's `leaseUntilMs`:
 *
 *      begin, push                record            last renewal ran out
 *      ────┬─────────────────────────┬───────────────────────┬──────────────▶ time
 *          │        leaseRuns        │       leaseRuns       │  leaseFree
 *       epoch 1                   epoch 1                 takeOver, push: epoch 2
 *                                                         record under epoch 1: refused by isMine
 *
 *      record            release                        push
 *      ──┬──────────────────┬─────────────────────────────┬─────────────────▶ time
 *        │    leaseRuns     │  leaseFree (leaseUntilMs 0)  │  leaseRuns
 *      epoch 1                                          epoch 2
 *
 * leaseFree and leaseRuns are each other's opposite for the same `nowMs`: of a push's two writes one always fits.
 */

export const isOpen: Arm = {
  condition: 'replyStatus = :isOpen',
  values: { ':isOpen': text('open') },
}

export const isNew: Arm = { condition: 'attribute_not_exists(pk)', values: {} }

export const leaseFree = (nowMs: number): Arm => ({
  condition: 'leaseUntilMs < :nowMs',
  values: { ':nowMs': number(nowMs) },
})

export const leaseRuns = (nowMs: number): Arm => ({
  condition: 'leaseUntilMs >= :nowMs',
  values: { ':nowMs': number(nowMs) },
})

/** Nobody has taken over since. */
export const isMine = (epoch: number): Arm => ({
  condition: 'epoch = :myEpoch',
  values: { ':myEpoch': number(epoch) },
})

/**
 * No newer write of this process was applied: a try that was given up may still arrive, after the writes that followed it.
 *
 *      record 7 ── sent, given up, sent again ── answered          record 8
 *      ────────────────────────────────────────────┬───────────────────┬────────▶ time
 *                         the first try of 7 arrives here: refused     ╵ (writeNo 8)
 */
export const inOrder = (writer: string, writeNo: number): Arm => ({
  condition: '(attribute_not_exists(writtenBy) OR writtenBy <> :writer OR writeNo <= :writeNo)',
  values: { ':writer': text(writer), ':writeNo': number(writeNo) },
})

/** The inbox begins where the writer thinks it does: what it takes is taken once. */
export const inboxBeginsAt = (nextSeq: number): Arm => {
  const begins = {
    condition: 'nextSeq = :seenNextSeq',
    values: { ':seenNextSeq': number(nextSeq) },
  }
  const absent = { condition: 'attribute_not_exists(nextSeq)', values: {} }
  return nextSeq === 0 ? any(absent, begins) : begins
}

/** As much text is held as the writer thinks: the bytes that it holds from now on are counted once. */
export const holdsBytes = (heldBytes: number): Arm =>
  any(
    { condition: 'attribute_not_exists(heldBytes)', values: {} },
    { condition: 'heldBytes = :seenHeldBytes', values: { ':seenHeldBytes': number(heldBytes) } },
  )

/** Nothing has come since the writer looked. */
export const noNews = (pushes: number): Arm => {
  const counted = { condition: 'pushes = :seenPushes', values: { ':seenPushes': number(pushes) } }
  const absent = { condition: 'attribute_not_exists(pushes)', values: {} }
  return all(pushes === 0 ? any(absent, counted) : counted, {
    condition: 'attribute_not_exists(cancelRequested)',
    values: {},
  })
}

/** Nobody claimed the message, or this reply did. */
export const claimable = (replyId: string): Arm => ({
  condition: '(attribute_not_exists(replyId) OR replyId = :replyId)',
  values: { ':replyId': text(replyId) },
})

export const isUnclaimed: Arm = { condition: 'attribute_not_exists(replyId)', values: {} }

/** The reply has ended, and waits for another look. */
export const isUnsettled: Arm = {
  condition: 'sweep = :unsettled',
  values: { ':unsettled': text(sweepUnsettled) },
}

const chunkIsNew = ({ seq }: PushedChunk): Arm => ({
  condition: `attribute_not_exists(${chunkName(seq)}) AND nextSeq <= :seq`,
  values: { ':seq': number(seq) },
})

const beforeFinish = ({ seq }: PushedChunk): Arm => ({
  condition: '(attribute_not_exists(finishSeq) OR finishSeq >= :seq)',
  values: { ':seq': number(seq) },
})

/** The reply is one of this conversation. */
export const isWithin = (conversation: Conversation): Arm => ({
  condition: 'conversation = :within',
  values: { ':within': text(conversationText(conversation)) },
})

const hasConversation: Arm = { condition: 'attribute_exists(conversation)', values: {} }
const hasNoConversation: Arm = { condition: 'attribute_not_exists(conversation)', values: {} }

const sameConversation = ({ conversation, bound }: PushedChunk): readonly Arm[] => {
  if (conversation === undefined) return bound ? [hasConversation] : []
  const isItsOwn = {
    condition: 'conversation = :conversation',
    values: { ':conversation': text(conversationText(conversation)) },
  }
  return [bound ? isItsOwn : any(hasNoConversation, isItsOwn)]
}

const isPushed: Arm = { condition: 'replyKind = :pushed', values: { ':pushed': text('pushed') } }

const hasRoom = ({ seq, text: said }: PushedChunk): Arm =>
  any(
    {
      condition: 'nextSeq = :seq AND (attribute_not_exists(heldBytes) OR heldBytes <= :heldRoom)',
      values: { ':seq': number(seq), ':heldRoom': number(heldRoomFor(said)) },
    },
    {
      condition: 'nextSeq <> :seq AND nextSeq >= :farthest AND waitingBytes <= :room',
      values: {
        ':seq': number(seq),
        ':farthest': number(seq - MAX_CHUNKS_AHEAD),
        ':room': number(MAX_WAITING_BYTES - chunkTextBytes(said)),
      },
    },
  )

/** What `receive` of inbox.ts calls `new`, for an item that exists. */
export const takesChunk = (chunk: PushedChunk): Arm =>
  all(
    isOpen,
    isPushed,
    chunkIsNew(chunk),
    beforeFinish(chunk),
    ...sameConversation(chunk),
    hasRoom(chunk),
  )

const waits = ({ seq, text: said }: PushedChunk): Arm => ({
  condition: `nextSeq <= :seq AND ${chunkName(seq)} = :said`,
  values: { ':seq': number(seq), ':said': json(said) },
})

const wasTakenLast = ({ seq }: PushedChunk): Arm => ({
  condition: 'nextSeq = :after',
  values: { ':after': number(seq + 1) },
})

/** What `receive` calls `finishes`. */
export const learnsItsEnd = (chunk: PushedChunk): Arm =>
  all(
    isOpen,
    isPushed,
    { condition: 'attribute_not_exists(finishSeq)', values: {} },
    ...sameConversation(chunk),
    any(waits(chunk), wasTakenLast(chunk)),
  )
