import { OutOfReach } from '../../../core/out-of-reach.ts'
import type { Attempt } from '../../../core/reply/attempt.ts'
import type { TakeOver } from '../../../core/reply/record.ts'
import { hasEnded } from '../../../core/reply/reply.ts'
import type { ReplyStore } from '../../../ports.ts'
import { type Item, number, text, textOf } from '../attribute.ts'
import { all, type Change, increase, set } from '../expression.ts'
import type { Found, StoreTools } from '../tools.ts'
import { isNew, isOpen, leaseFree } from './conditions.ts'
import { type LeaseTaken, newReplyItem } from './item.ts'
import { inlinePieces, isLarge, putPieces } from './pieces.ts'
import { inRounds } from './rounds.ts'
import { attemptChanges, inItsGroup, sweptAfterLease } from './sweep-fields.ts'

const epochChanges = (lease: LeaseTaken): readonly Change[] => [
  increase('epoch', 1),
  set('leaseUntilMs', number(lease.leaseUntilMs)),
  set('takenBy', text(lease.takenBy)),
]

/** Takes the lease at the next epoch; an item that does not exist yet begins at epoch 1. */
export const leaseChanges = (lease: LeaseTaken): readonly Change[] => [
  ...epochChanges(lease),
  inItsGroup,
  sweptAfterLease(lease.leaseUntilMs),
  set('expiresAt', number(lease.expiresAt)),
]

/** Takes it for the sweeper. Only the first attempt makes the reply live longer: were it each one, a reply could live for ever. */
const sweepChanges = (lease: LeaseTaken, attempt: Attempt): readonly Change[] => [
  ...epochChanges(lease),
  ...attemptChanges(attempt, lease.leaseUntilMs),
  ...(attempt.count === 1 ? [set('expiresAt', number(lease.expiresAt))] : []),
]

/** True when the call that carries this name took the lease that the item shows: its first answer was lost. */
export const wasTakenBy = (item: Item, takenBy: string): boolean =>
  textOf(item, 'takenBy') === takenBy

/** How a lease comes into being. */
export const leases = (tools: StoreTools): Pick<ReplyStore, 'begin' | 'takeOver'> => {
  const { table, see, find } = tools
  const leaseUntil = (leaseUntilMs: number): LeaseTaken => ({
    leaseUntilMs,
    takenBy: tools.nextName(),
    expiresAt: tools.openUntil(leaseUntilMs),
  })

  return {
    async begin(reply, leaseUntilMs) {
      const lease = leaseUntil(leaseUntilMs)
      const key = reply.replyId

      const isLargeReply = isLarge(reply.pieces)
      // Writing a long text costs hundreds of times what this look costs.
      const before = isLargeReply ? await find(key) : undefined
      if (before !== undefined) return { created: false, record: before.record }

      const extra = isLargeReply
        ? await putPieces(table, key, reply.pieces, lease)
        : inlinePieces(reply.pieces)
      const item = newReplyItem(reply, lease, extra)
      const written = await table.putOrSee(item, isNew)
      if ('item' in written) return { created: true, record: see(item) }

      const now = tools.found(written.found)
      if (now === undefined)
        throw new OutOfReach('store', `${key} left the table while it was begun`)
      return { created: wasTakenBy(now.item, lease.takenBy), record: now.record }
    },

    takeOver(replyId, { nowMs, leaseUntilMs, attempt }) {
      const lease = leaseUntil(leaseUntilMs)
      const changes = attempt === undefined ? leaseChanges(lease) : sweepChanges(lease, attempt)
      return inRounds<TakeOver>(4, `the lease of ${replyId} kept changing hands`, async () => {
        const when = all(isOpen, leaseFree(nowMs))
        const came = await tools.change(replyId, when, changes)
        if ('changed' in came) return { outcome: 'taken', record: came.changed }
        return explain(came.found, lease.takenBy, nowMs)
      })
    },
  }
}

/** Why no lease was taken; `undefined` when it has become free since. */
const explain = (
  found: Found | undefined,
  takenBy: string,
  nowMs: number,
): TakeOver | undefined => {
  if (found === undefined) return { outcome: 'absent' }
  const { item, record } = found
  if (hasEnded(record.status)) return { outcome: 'ended', record }
  if (wasTakenBy(item, takenBy)) return { outcome: 'taken', record }
  return record.leaseUntilMs >= nowMs ? { outcome: 'held', record } : undefined
}
