import {
  FARTHEST_MS,
  type Reserved,
  type ScheduleName,
  type SlotRequest,
} from '../../core/rate-schedule.ts'
import { OutOfReach, type SlotStore } from '../../ports.ts'
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
 * For one `now` the two conditions are each other's opposite: one of the writes fits, unless somebody comes between.
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

type Write = (request: SlotRequest, signal: AbortSignal) => Promise<Reserved | undefined>

const refused = (error: unknown): undefined => {
  if (error instanceof AwsError && error.name === 'ConditionalCheckFailedException') {
    return undefined
  }
  throw error
}

/** How often both writes may miss because somebody else came between them. */
const rounds = 3

/** The schedules in the table of the replies: a reservation is one write, or two where the first guess was wrong. */
export const dynamoSlotStore = ({
  call,
  table,
}: {
  readonly call: AwsCall
  readonly table: string
}): SlotStore => {
  /** Where the schedule stood after this process's last write. */
  const seen = new Map<ScheduleName, number>()

  /** `nextAtMs` as it was before; undefined when the condition did not hold. */
  const write = async (
    schedule: ScheduleName,
    when: Arm,
    change: Change,
    signal: AbortSignal,
  ): Promise<{ readonly nextAtMs: number | undefined } | undefined> => {
    const input = {
      TableName: table,
      Key: { pk: text(budgetKey(schedule)) },
      ...updateFields(when, [change]),
      ReturnValues: 'UPDATED_OLD',
    }
    const answer = await call('DynamoDB_20120810.UpdateItem', input, signal).catch(refused)
    if (answer === undefined) return undefined
    const { Attributes: item = {} } = answer as { readonly Attributes?: Item }
    return { nextAtMs: numberOf(item, 'nextAtMs') }
  }

  const startAnew: Write = async (request, signal) => {
    const { schedule, nowMs, spanMs } = request
    const nextAtMs = roundedUp(nowMs + spanMs)
    const before = await write(schedule, isIdle(request), set('nextAtMs', number(nextAtMs)), signal)
    if (before === undefined) return undefined
    seen.set(schedule, nextAtMs)
    const { nextAtMs: idleFromMs = Number.NEGATIVE_INFINITY } = before
    return { firstAtMs: nowMs, idleMs: Math.max(0, nowMs - idleFromMs) }
  }
  const queueUp: Write = async (request, signal) => {
    const { schedule } = request
    const spanMs = roundedUp(request.spanMs)
    const before = await write(schedule, isBusy(request), increase('nextAtMs', spanMs), signal)
    if (before?.nextAtMs === undefined) return undefined
    seen.set(schedule, before.nextAtMs + spanMs)
    return { firstAtMs: before.nextAtMs, idleMs: 0 }
  }

  const reserveOnce: Write = async (request, signal) => {
    const isLikelyIdle = (seen.get(request.schedule) ?? 0) < request.nowMs
    const [first, second] = isLikelyIdle ? [startAnew, queueUp] : [queueUp, startAnew]
    return (await first(request, signal)) ?? (await second(request, signal))
  }

  return {
    async reserve(request, signal) {
      for (let round = 1; round <= rounds; round += 1) {
        const reserved = await reserveOnce(request, signal)
        // Where both missed, most likely the schedule is taken beyond the latest time.
        if (reserved !== undefined || Number.isFinite(request.latestMs)) return reserved
      }
      throw new OutOfReach('store', `${budgetKey(request.schedule)} changed between any two writes`)
    },
  }
}
