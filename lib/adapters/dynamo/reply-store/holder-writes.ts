import type { InboxTaken, LeaseState, ReplyRecord } from '../../../core/reply/record.ts'
import { hasEnded, type ReplyId } from '../../../core/reply/reply.ts'
import type { ReplyStore } from '../../../ports.ts'
import { type Item, json, number, numberOf, text, textOf } from '../attribute.ts'
import { type Arm, all, type Change, remove, set } from '../expression.ts'
import { sweepUnsettled } from '../table.ts'
import type { Found, StoreTools } from '../tools.ts'
import { inOrder, isMine, isOpen, noNews } from './conditions.ts'
import { nothingTaken, type Take, takeFrom } from './inbox-memo.ts'
import { replyKey } from './item.ts'
import { inRounds } from './rounds.ts'
import { attemptsForgotten, sweptAfterLease, sweptAtLeaseEnd } from './sweep-fields.ts'

/** One write under an epoch, and what its outcomes are called. */
interface HolderWrite<Outcome> {
  readonly changes: readonly Change[]
  readonly arms: readonly Arm[]
  readonly taken: InboxTaken | undefined
  /** The record after the write. */
  done(record: ReplyRecord): Outcome
  /** Somebody else writes the reply, or it has ended. */
  readonly superseded: Outcome
  /** What it means when the write was refused to the holder; `undefined` when only the inbox was seen too long ago. */
  explain(record: ReplyRecord): Outcome | undefined
}

const leaseStateOf = ({ cancelRequested, inbox }: ReplyRecord): LeaseState => ({
  held: true,
  cancelRequested,
  inbox,
})

const isStillOpenAt = (epoch: number, found: Found | undefined): found is Found =>
  found?.record.epoch === epoch && !hasEnded(found.record.status)

/** The writes that need the lease. */
export const holderWrites = (tools: StoreTools): Pick<ReplyStore, 'record' | 'release' | 'end'> => {
  const { table, memo, writer, find } = tools

  const planTake = async (replyId: ReplyId, taken: InboxTaken | undefined): Promise<Take> => {
    if (taken === undefined) return nothingTaken
    const inbox = memo.recall(replyId, taken.nextSeq) ?? (await find(replyId))?.record.inbox
    return inbox === undefined ? nothingTaken : takeFrom(inbox, taken)
  }

  const dropLeftovers = async (
    replyId: ReplyId,
    epoch: number,
    { leftovers }: Take,
  ): Promise<void> => {
    for (const removals of leftovers) await table.update(replyKey(replyId), isMine(epoch), removals)
  }

  /** A newer write of this process counts as this one: it was made after it, and knew more. */
  const isApplied = (item: Item, writeNo: number): boolean =>
    textOf(item, 'writtenBy') === writer && (numberOf(item, 'writeNo') ?? 0) >= writeNo

  const writeAsHolder = async <Outcome>(
    replyId: ReplyId,
    epoch: number,
    write: HolderWrite<Outcome>,
  ): Promise<Outcome> => {
    const writeNo = tools.nextNumber()
    const stamp = [set('writtenBy', text(writer)), set('writeNo', number(writeNo))]

    return inRounds(4, `the inbox of ${replyId} kept changing under its only writer`, async () => {
      const take = await planTake(replyId, write.taken)
      const when = all(isMine(epoch), isOpen, inOrder(writer, writeNo), ...write.arms, ...take.arms)
      const changes = [...write.changes, ...stamp, ...take.changes]
      const came = await tools.change(replyId, when, changes)
      if ('changed' in came) {
        await dropLeftovers(replyId, epoch, take)
        return write.done(came.changed)
      }
      const { found: now } = came
      if (!isStillOpenAt(epoch, now)) return write.superseded
      return isApplied(now.item, writeNo) ? write.done(now.record) : write.explain(now.record)
    })
  }

  return {
    record(replyId, epoch, { progress, leaseUntilMs, taken, movedOn = false }) {
      const renewal =
        leaseUntilMs === undefined
          ? []
          : [
              set('leaseUntilMs', number(leaseUntilMs)),
              movedOn ? set('sweepAt', number(leaseUntilMs)) : sweptAfterLease(leaseUntilMs),
              set('expiresAt', number(tools.openUntil(leaseUntilMs))),
            ]
      const atLeaseEnd = movedOn && leaseUntilMs === undefined ? [sweptAtLeaseEnd] : []
      const forgotten = movedOn ? [...attemptsForgotten, ...atLeaseEnd] : []
      return writeAsHolder<LeaseState>(replyId, epoch, {
        changes: [set('progress', json(progress)), ...renewal, ...forgotten],
        arms: [],
        taken,
        done: leaseStateOf,
        superseded: { held: false },
        explain: () => undefined,
      })
    },

    release(replyId, epoch, { progress, taken, pushes, sweepAtMs, movedOn = false }) {
      return writeAsHolder<'released' | 'news' | 'superseded'>(replyId, epoch, {
        changes: [
          set('progress', json(progress)),
          set('leaseUntilMs', number(0)),
          set('sweepAt', number(sweepAtMs)),
          set('expiresAt', number(tools.openUntil(sweepAtMs))),
          ...(movedOn ? attemptsForgotten : []),
        ],
        arms: [noNews(pushes)],
        taken,
        done: () => 'released',
        superseded: 'superseded',
        explain({ leaseUntilMs, inbox, cancelRequested }) {
          if (inbox.pushes === pushes && !cancelRequested) return undefined
          // Given up already, by a call whose answers were all lost: to go on would be to write without the lease.
          return leaseUntilMs === 0 ? 'released' : 'news'
        },
      })
    },

    async end(replyId, epoch, { status, progress, failure, lookAgainAtMs }) {
      const came = await tools.change(replyId, all(isMine(epoch), isOpen), [
        set('replyStatus', text(status)),
        set('progress', json(progress)),
        ...(failure === undefined ? [] : [set('failure', json(failure))]),
        set('leaseUntilMs', number(0)),
        set('expiresAt', number(tools.endedUntil())),
        ...(lookAgainAtMs === undefined
          ? [remove('sweep'), remove('sweepAt')]
          : [set('sweep', text(sweepUnsettled)), set('sweepAt', number(lookAgainAtMs))]),
      ])
      if ('changed' in came) return 'ended'

      // Only the holder of an epoch ends a reply under it: this way already means by a lost try of its own.
      const { found: now } = came
      const isOwnEnd = now?.record.epoch === epoch && now.record.status === status
      return isOwnEnd ? 'ended' : 'superseded'
    },
  }
}
