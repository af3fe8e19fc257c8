import { OutOfReach } from '../../core/out-of-reach.ts'
import {
  FARTHEST_MS,
  likelyState,
  type Reserved,
  type ScheduleName,
  type SeenSchedule,
  type SlotRequest,
  scheduleState,
} from '../../core/rate-schedule.ts'
import type { SlotStore } from '../../ports.ts'
import { AwsError } from '../aws/aws-error.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { type Item, number, numberOf, text } from './attribute.ts'
import { type Arm, any, type Change, increase, set, updateFields } from './expression.ts'
import { keyPrefixes } from './key-prefixes.ts'

/*
 * One item for each schedule; `nextAtMs` is where its free slots begin:
 *
 *       nextAtMs               now                    now              nextAtMs
 *      ────┬────────────────────┬────────▶ time      ───┬──────────────────┬──────────▶ time
 *     taken│        idle        │span│             taken … … … … … … … … … │span│
 *      startAnew: SET nextAtMs = now + span           queueUp: SET nextAtMs = nextAtMs + span
 *
 * For one `now` the two conditions are each other's opposite, and a write that is refused brings `nextAtMs` along: the next
 * one fits, unless somebody comes between. A queue stays one for that `now`, so queueing up does not miss twice.
 * Neither write is idempotent: made twice, it wastes the slots of the first.
 */

const budgetKey = (schedule: ScheduleName): string => `${keyPrefixes.budget}${schedule}`

const isIdle = ({ nowMs }: SlotRequest): Arm =>
  any(
    { condition: 'attribute_not_exists(nextAtMs)', values: {} },
    { condition: 'nextAtMs < :nowMs', values: { ':nowMs': number(nowMs) } },
    { condition: 'nextAtMs > :farthest', values: { ':farthest': number(nowMs + FARTHEST_MS) } },
  )

const isBusy = ({ nowMs, latestMs }: SlotRequest): Arm => ({
  condition: 'nextAtMs BETWEEN :nowMs AND :latest',
  values: {
    ':nowMs': number(nowMs),
    ':latest': number(Math.min(latestMs, nowMs + FARTHEST_MS)),
  },
})

/** DynamoDB adds decimals exactly: without rounding each sum could be longer than the one before. */
const roundedUp = (ms: number): number => Math.ceil(ms * 1_000) / 1_000

/** Where a schedule stood when a write came; `nextAtMs` is undefined where nobody has a slot yet. */
interface Found {
  readonly fits: boolean
  readonly nextAtMs: number | undefined
}

/** After so many misses something is wrong: somebody moves the schedule back and forth. */
const MAX_TRIES = 5

/** The schedules in the table of the replies: a reservation is one write, or two where the first guess was wrong. */
export const dynamoSlotStore = ({
  call,
  table,
}: {
  readonly call: AwsCall
  readonly table: string
}): SlotStore => {
  const seen = new Map<ScheduleName, SeenSchedule>()
  const keyOf = (schedule: ScheduleName) => ({
    TableName: table,
    Key: { pk: text(budgetKey(schedule)) },
  })

  /** For an engine that does not say what a refused write found. */
  const read = async (schedule: ScheduleName, signal: AbortSignal): Promise<Item> => {
    const input = { ...keyOf(schedule), ConsistentRead: true }
    const answer = await call('DynamoDB_20120810.GetItem', input, signal)
    return (answer as { readonly Item?: Item }).Item ?? {}
  }
  const write = async (
    schedule: ScheduleName,
    when: Arm,
    change: Change,
    signal: AbortSignal,
  ): Promise<Found> => {
    const input = {
      ...keyOf(schedule),
      ...updateFields(when, [change]),
      ReturnValues: 'UPDATED_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }
    try {
      const answer = await call('DynamoDB_20120810.UpdateItem', input, signal)
      const { Attributes: item = {} } = answer as { readonly Attributes?: Item }
      return { fits: true, nextAtMs: numberOf(item, 'nextAtMs') }
    } catch (error) {
      if (!(error instanceof AwsError) || error.name !== 'ConditionalCheckFailedException') {
        throw error
      }
      const item = (error.item as Item | undefined) ?? (await read(schedule, signal))
      return { fits: false, nextAtMs: numberOf(item, 'nextAtMs') }
    }
  }

  const startAnew = (request: SlotRequest, signal: AbortSignal): Promise<Found> => {
    const { schedule, nowMs, spanMs } = request
    const change = set('nextAtMs', number(roundedUp(nowMs + spanMs)))
    return write(schedule, isIdle(request), change, signal)
  }
  const queueUp = (request: SlotRequest, signal: AbortSignal): Promise<Found> =>
    write(request.schedule, isBusy(request), increase('nextAtMs', request.spanMs), signal)

  const learn = ({ schedule, nowMs }: SlotRequest, takenToMs: number, queuedFromMs: number) =>
    seen.set(schedule, { takenToMs, queueMs: Math.max(0, queuedFromMs - nowMs) })

  const reserved = (request: SlotRequest, queues: boolean, nextAtMs: number | undefined) => {
    const { nowMs, spanMs } = request
    if (queues && nextAtMs !== undefined) {
      learn(request, nextAtMs + spanMs, nextAtMs)
      return { firstAtMs: nextAtMs, idleMs: 0 }
    }
    learn(request, roundedUp(nowMs + spanMs), nowMs)
    const idleMs = Math.max(0, nowMs - (nextAtMs ?? Number.NEGATIVE_INFINITY))
    return { firstAtMs: nowMs, idleMs }
  }

  const likely = (request: SlotRequest) => {
    const own = seen.get(request.schedule)
    if (own !== undefined) return likelyState(own, request)
    // Where one of them has a queue, so has the other, most likely.
    const other = seen.get(request.schedule === 'calls' ? 'edges' : 'calls')
    return likelyState(other, request) === 'idle' ? 'idle' : 'queue'
  }

  /** What came of a write for a schedule that state so, and how it state where that was wrong. */
  const attempt = async (request: SlotRequest, state: 'idle' | 'queue', signal: AbortSignal) => {
    const queues = state === 'queue'
    const { fits, nextAtMs } = await (queues ? queueUp : startAnew)(request, signal)
    if (fits) return { slots: reserved(request, queues, nextAtMs) }
    if (nextAtMs !== undefined) learn(request, nextAtMs, nextAtMs)
    return { state: scheduleState(nextAtMs, request) }
  }

  return {
    async reserve(asked, signal): Promise<Reserved | undefined> {
      const request = { ...asked, spanMs: roundedUp(asked.spanMs) }
      let state = likely(request)
      // A schedule is never taken to an earlier time than it was: where it is known to be taken, nobody need be asked.
      for (let tried = 0; tried < MAX_TRIES && state !== 'taken'; tried += 1) {
        const came = await attempt(request, state, signal)
        if (came.slots !== undefined) return came.slots
        state = came.state
      }
      if (state === 'taken') return undefined
      throw new OutOfReach('store', `${budgetKey(request.schedule)} changed between any two writes`)
    },
  }
}
