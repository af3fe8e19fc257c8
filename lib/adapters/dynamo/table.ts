import { OutOfReach } from '../../core/out-of-reach.ts'
import type { OrphanGroup } from '../../core/reply/record.ts'
import { AwsError } from '../aws/aws-error.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { type Attribute, type Item, number, text, textOf } from './attribute.ts'
import { type Arm, type Change, updateFields } from './expression.ts'

/** The few calls of DynamoDB that the store makes. A condition that does not hold is a value, not an error. */
export interface Table {
  /** Reads consistently. */
  get(pk: string): Promise<Item | undefined>
  /** Reads for half of what `get` costs; what was written a moment ago may be missing. */
  glance(pk: string): Promise<Item | undefined>
  put(item: Item): Promise<void>
  /** False when the condition did not hold, also because a lost first try of this call was applied. */
  putIf(item: Item, when: Arm): Promise<boolean>
  /** As `putIf`, and brings what stands there instead. */
  putOrSee(item: Item, when: Arm): Promise<Written>
  /** The item after the write; `undefined` when the condition did not hold, also because of a lost first try. */
  update(pk: string, when: Arm, changes: readonly Change[]): Promise<Item | undefined>
  /** As `update`, and brings what stands there instead. */
  updateOrSee(pk: string, when: Arm, changes: readonly Change[]): Promise<Written>
  /**
   * Changes an item by an expression of its own: the item as it was before, without attributes where there was none; `undefined`
   * when the condition did not hold.
   */
  amend(pk: string, expression: Amendment): Promise<Item | undefined>
  /** Nothing happens where there is no such item. */
  remove(pk: string): Promise<void>
  /** Keys of the replies with this `sweep` due before `beforeMs`, the longest due first. Eventually consistent. */
  due(sweep: string, beforeMs: number, limit: number): Promise<readonly string[]>
}

/** The item after a write, or the one whose state refused it: `undefined` where there is none. */
type Written = { readonly item: Item } | { readonly found: Item | undefined }

/** The fields of an UpdateItem. */
interface Amendment {
  readonly UpdateExpression: string
  readonly ConditionExpression?: string
  readonly ExpressionAttributeValues?: Readonly<Record<string, Attribute>>
}

/** Name of the sparse index of the replies that the sweeper looks at. */
const orphansIndex = 'orphans'

/** Value of `sweep` in an open reply: the groups stand in the index one beside the other, so that neither hides the other. */
export const sweepGroups: Readonly<Record<OrphanGroup, string>> = {
  untried: 'open',
  tried: 'tried',
}

/** Value of `sweep` in an ended reply that may have left a message open which nobody knows of. */
export const sweepUnsettled = 'unsettled'

/** No such table or no permission: to the caller the store is out of reach, and the log says why. */
const unusable = (error: unknown): never => {
  if (error instanceof AwsError && !isConditionFailed(error)) {
    throw new OutOfReach('store', error.message, { cause: error })
  }
  throw error
}

const refused = (error: unknown): undefined => {
  if (isConditionFailed(error)) return undefined
  throw error
}

const isConditionFailed = (error: unknown): boolean =>
  error instanceof AwsError && error.name === 'ConditionalCheckFailedException'

const bringItem = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }

export const replyTable = (call: AwsCall, table: string): Table => {
  const operation = (name: string, input: object): Promise<unknown> =>
    call(`DynamoDB_20120810.${name}`, { TableName: table, ...input }).catch(unusable)

  const read = async (pk: string, isConsistent: boolean): Promise<Item | undefined> => {
    const input = { Key: { pk: text(pk) }, ConsistentRead: isConsistent }
    const { Item: item } = (await operation('GetItem', input)) as { readonly Item?: Item }
    return item
  }
  const get = (pk: string) => read(pk, true)
  const put = (item: Item, { condition, values }: Arm, asked: object = {}): Promise<unknown> => {
    const hasValues = Object.keys(values).length > 0
    return operation('PutItem', {
      Item: item,
      ConditionExpression: condition,
      ...(hasValues ? { ExpressionAttributeValues: values } : {}),
      ...asked,
    })
  }
  const update = async (
    pk: string,
    when: Arm,
    changes: readonly Change[],
    asked: object = {},
  ): Promise<Item> => {
    const input = { Key: { pk: text(pk) }, ...updateFields(when, changes), ReturnValues: 'ALL_NEW' }
    const answer = await operation('UpdateItem', { ...input, ...asked })
    return (answer as { readonly Attributes: Item }).Attributes
  }
  /** What refused a write; read where the engine does not bring it along. */
  const seeInstead = async (pk: string, error: unknown): Promise<Written> => {
    if (!(error instanceof AwsError && isConditionFailed(error))) throw error
    return { found: (error.item as Item | undefined) ?? (await get(pk)) }
  }

  return {
    get,
    glance: (pk) => read(pk, false),
    async put(item) {
      await operation('PutItem', { Item: item })
    },
    async putIf(item, when) {
      return (await put(item, when).catch(refused)) !== undefined
    },
    async putOrSee(item, when) {
      try {
        await put(item, when, bringItem)
        return { item }
      } catch (error) {
        return seeInstead(textOf(item, 'pk') ?? '', error)
      }
    },
    update: (pk, when, changes) => update(pk, when, changes).catch(refused),
    async updateOrSee(pk, when, changes) {
      try {
        return { item: await update(pk, when, changes, bringItem) }
      } catch (error) {
        return seeInstead(pk, error)
      }
    },
    async amend(pk, expression) {
      const input = { Key: { pk: text(pk) }, ...expression, ReturnValues: 'ALL_OLD' }
      const answer = await operation('UpdateItem', input).catch(refused)
      if (answer === undefined) return undefined
      return (answer as { readonly Attributes?: Item }).Attributes ?? {}
    },
    async remove(pk) {
      await operation('DeleteItem', { Key: { pk: text(pk) } })
    },
    async due(sweep, beforeMs, limit) {
      const input = {
        IndexName: orphansIndex,
        KeyConditionExpression: 'sweep = :group AND sweepAt < :before',
        ExpressionAttributeValues: { ':group': text(sweep), ':before': number(beforeMs) },
        Limit: limit,
      }
      const { Items: items } = (await operation('Query', input)) as {
        readonly Items: readonly Item[]
      }
      return items.flatMap((item) => textOf(item, 'pk') ?? [])
    },
  }
}
