import { fieldsOf, parsedJson } from '../../../core/json.ts'
import { type Attempt, attemptPauseMs } from '../../../core/reply/attempt.ts'
import type { Orphan } from '../../../core/reply/record.ts'
import type { ReplyKind } from '../../../core/reply/reply.ts'
import { type Item, number, numberOf, text, textOf } from '../attribute.ts'
import { type Change, plus, remove, same, set, setOnce } from '../expression.ts'
import { sweepGroups } from '../table.ts'

/*
 * When the sweeper looks at a reply, by its `sweepAt`:
 *
 *      taken          renewed          leaseUntilMs          sweepAt = leaseUntilMs + pauseMs
 *      ──┬───────────────┬──────────────────┬─────────────────────────┬──────────▶ time
 *        │   leaseRuns   │    leaseRuns     │  leaseFree, not listed  │  listed
 *
 * `pauseMs` is absent, and nothing, until a sweep has tried the reply. It stands in the item, because a holder that renews its
 * lease need not know of it.
 */

/** The reply is looked at when its lease has run out, and its pause after that. */
export const sweptAfterLease = (leaseUntilMs: number): Change =>
  plus('sweepAt', 'pauseMs', leaseUntilMs)

/** A lease that is taken leaves the reply in its group; a new reply begins in the first. */
export const inItsGroup: Change = setOnce('sweep', text(sweepGroups.untried))

/** What a take-over by the sweeper writes beside the lease, which ends at `leaseUntilMs`. */
export const attemptChanges = (
  { count, fromChars }: Attempt,
  leaseUntilMs: number,
): readonly Change[] => [
  set('attempts', number(count)),
  set('attemptChars', number(fromChars)),
  set('pauseMs', number(attemptPauseMs(count))),
  set('sweep', text(sweepGroups.tried)),
  set('sweepAt', number(leaseUntilMs + attemptPauseMs(count))),
]

/** The text has moved on: the reply is as if no sweep had ever tried it. */
export const attemptsForgotten: readonly Change[] = [
  set('sweep', text(sweepGroups.untried)),
  remove('attempts'),
  remove('attemptChars'),
  remove('pauseMs'),
]

/** Where neither lease nor waiting time changes with it. */
export const sweptAtLeaseEnd: Change = same('sweepAt', 'leaseUntilMs')

/** The attempt that an item shows. */
export const attemptOf = (item: Item): Attempt | undefined => {
  const count = numberOf(item, 'attempts')
  return count === undefined ? undefined : { count, fromChars: numberOf(item, 'attemptChars') ?? 0 }
}

/** What can be had of an item, whatever stands in it; `undefined` once the reply has ended. */
export const orphanOf = (item: Item): Orphan | undefined => {
  if (textOf(item, 'replyStatus') !== 'open') return undefined
  const sentChars = fieldsOf(parsedJson(textOf(item, 'progress') ?? ''))['sentChars']
  const attempt = attemptOf(item)
  return {
    kind: textOf(item, 'replyKind') as ReplyKind | undefined,
    epoch: numberOf(item, 'epoch') ?? 0,
    leaseUntilMs: numberOf(item, 'leaseUntilMs') ?? 0,
    sentChars: typeof sentChars === 'number' ? sentChars : 0,
    ...(attempt === undefined ? {} : { attempt }),
  }
}
