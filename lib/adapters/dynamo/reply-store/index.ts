import type { Clock, ReplyStore } from '../../../ports.ts'
import type { AwsCall } from '../../aws/aws-json-client.ts'
import { number } from '../attribute.ts'
import { remove, set } from '../expression.ts'
import { replyTable, sweepGroups, sweepUnsettled } from '../table.ts'
import { storeTools } from '../tools.ts'
import { isUnsettled } from './conditions.ts'
import { holderWrites } from './holder-writes.ts'
import { replyIdOf, replyKey } from './item.ts'
import { leases } from './leases.ts'
import { piecesOf } from './pieces.ts'
import { pushes } from './pushes.ts'
import { stops } from './stops.ts'
import { orphanOf } from './sweep-fields.ts'

export interface DynamoReplyStoreOptions {
  /** Of the service `dynamodb`. May make a call twice: every write knows its own lost first try again. */
  readonly call: AwsCall
  readonly table: string
  readonly clock: Pick<Clock, 'now'>
  /** In [0, 1); tells processes apart. */
  readonly random: () => number
}

/**
 * A `ReplyStore` in one DynamoDB table, described in docs/stored-data.md. Throws `OutOfReach` when the table cannot be
 * asked, also where it refuses: no such table, no permission.
 */
export const dynamoReplyStore = (options: DynamoReplyStoreOptions): ReplyStore => {
  const { call, clock, random } = options
  const table = replyTable(call, options.table)
  const tools = storeTools(table, { clock, random })
  const { begin, takeOver } = leases(tools)

  return {
    begin,
    takeOver,
    ...pushes(tools, takeOver),
    ...holderWrites(tools),
    ...stops(tools, clock),
    glance: tools.glance,

    async readPieces(replyId) {
      const found = await tools.find(replyId)
      return found && piecesOf(table, found.item)
    },
    async listOrphans(nowMs, limit, group) {
      return (await table.due(sweepGroups[group], nowMs, limit)).map(replyIdOf)
    },
    async readOrphan(replyId) {
      const item = await table.get(replyKey(replyId))
      return item && orphanOf(item)
    },
    async listUnsettled(nowMs, limit) {
      return (await table.due(sweepUnsettled, nowMs, limit)).map(replyIdOf)
    },
    async settleEnded(replyId, lookAgainAtMs) {
      const changes =
        lookAgainAtMs === undefined
          ? [remove('sweep'), remove('sweepAt')]
          : [set('sweepAt', number(lookAgainAtMs))]
      await table.update(replyKey(replyId), isUnsettled, changes)
    },
  }
}
