import { AwsError } from '../../lib/adapters/aws/aws-error.ts'
import type { AwsCall } from '../../lib/adapters/aws/aws-json-client.ts'
import { OutOfReach } from '../../lib/core/out-of-reach.ts'
import type { Clock } from '../../lib/ports.ts'
import { rateWindow } from '../../local/simulator/rate-window.ts'

/** What DynamoDB lets one item take in a second; a write whose condition fails counts as well. */
export const ITEM_WRITES_PER_SECOND = 1_000

/** A try of one write, as the item sees it. */
interface WriteTry {
  readonly atMs: number
  readonly pk: string
  readonly came: 'written' | 'conditionFailed' | 'throttled' | 'unreachable'
}

export interface ThrottledItems {
  readonly call: AwsCall
  readonly tries: readonly WriteTry[]
  /** From now on every try of a write is turned away as one too many, gets no answer, or is taken again. */
  become(state: ItemState): void
}

export type ItemState = 'working' | 'throttled' | 'unreachable'

interface Values {
  readonly [name: string]: { readonly N: string }
}

interface UpdateInput {
  readonly Key: { readonly pk: { readonly S: string } }
  readonly UpdateExpression: string
  readonly ConditionExpression: string
  readonly ExpressionAttributeValues: Values
  readonly ReturnValuesOnConditionCheckFailure?: string
}

/** Whether the one number attribute of an item fits a condition of the few shapes that schedules use. */
const fits = (held: number | undefined, condition: string, values: Values): boolean => {
  const value = (name = '') => Number(values[name]?.N)
  return condition
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((term) => {
      if (term.startsWith('attribute_not_exists')) return held === undefined
      const [, operator, from, , to] = term.split(' ')
      if (held === undefined) return false
      if (operator === '<') return held < value(from)
      if (operator === '>') return held > value(from)
      if (operator === 'BETWEEN') return held >= value(from) && held <= value(to)
      throw new Error(`This table does not know the condition ${term}`)
    })
}

const updated = (held: number | undefined, { UpdateExpression, ...input }: UpdateInput): number => {
  const { ':nextAtMsNew': anew, ':nextAtMsBy': by } = input.ExpressionAttributeValues
  if (anew !== undefined) return Number(anew.N)
  if (by !== undefined) return (held ?? 0) + Number(by.N)
  throw new Error(`This table does not know the update ${UpdateExpression}`)
}

/**
 * The items of the schedules in a table over virtual time, each of which takes so many writes in any second and no more;
 * with the light client's two tries before it.
 */
export const throttledItems = ({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: () => number
}): ThrottledItems => {
  const items = new Map<string, { held: number | undefined; admits: (nowMs: number) => boolean }>()
  let state: ItemState = 'working'
  const tries: WriteTry[] = []
  const itemOf = (pk: string) => {
    const item = items.get(pk) ?? { held: undefined, admits: rateWindow(ITEM_WRITES_PER_SECOND) }
    items.set(pk, item)
    return item
  }
  const shown = (held: number | undefined) =>
    held === undefined ? {} : { nextAtMs: { N: String(held) } }

  const write = (input: UpdateInput): unknown => {
    const pk = input.Key.pk.S
    const item = itemOf(pk)
    const note = (came: WriteTry['came']) => tries.push({ atMs: clock.now(), pk, came })
    if (state === 'unreachable') {
      note('unreachable')
      throw new Error('no answer')
    }
    if (state === 'throttled' || !item.admits(clock.now())) {
      note('throttled')
      throw new AwsError('ThrottlingException', 400, 'Throughput exceeds the current capacity')
    }
    if (!fits(item.held, input.ConditionExpression, input.ExpressionAttributeValues)) {
      note('conditionFailed')
      const says = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
      const found = says ? shown(item.held) : undefined
      throw new AwsError('ConditionalCheckFailedException', 400, 'The condition failed', found)
    }
    note('written')
    const before = item.held
    item.held = updated(before, input)
    return { Attributes: shown(before) }
  }

  const tryOnce = async (input: UpdateInput, signal: AbortSignal | undefined) => {
    const wayMs = (5 + random() * 5) / 2
    await clock.sleep(wayMs, signal)
    signal?.throwIfAborted()
    try {
      return write(input)
    } finally {
      await clock.sleep(wayMs, signal)
    }
  }

  const isFinal = (error: unknown) =>
    error instanceof AwsError && error.name === 'ConditionalCheckFailedException'
  const call: AwsCall = async (target, body, signal) => {
    if (!target.endsWith('.UpdateItem')) throw new Error(`This table does not know ${target}`)
    const input = body as UpdateInput
    const first = await tryOnce(input, signal).catch((error: unknown) => {
      signal?.throwIfAborted()
      if (isFinal(error)) throw error
    })
    if (first !== undefined) return first
    await clock.sleep(random() * 50, signal)
    return tryOnce(input, signal).catch((error: unknown) => {
      signal?.throwIfAborted()
      if (isFinal(error)) throw error
      const crowded = error instanceof AwsError
      throw new OutOfReach('store', 'tried twice', { cause: error, crowded })
    })
  }

  return {
    call,
    tries,
    become(next) {
      state = next
    },
  }
}
