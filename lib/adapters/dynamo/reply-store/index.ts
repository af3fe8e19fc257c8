import { onlyWithin } from '../../../core/reply/record.ts'
import type { ReplyId } from '../../../core/reply/reply.ts'
import type { Clock, ReplyStore } from '../../../ports.ts'
import type { AwsCall } from '../../aws/aws-json-client.ts'
import { flag, type Item, number, text, textOf } from '../attribute.ts'
import { all, remove, set } from '../expression.ts'
import { keyPrefixes } from '../key-prefixes.ts'

import { replyTable, sweepGroups, sweepUnsettled } from '../table.ts'
import { storeTools } from '../tools.ts'
import { claimable, isOpen, isUnclaimed, isUnsettled, isWithin } from './conditions.ts'

import { holderWrites } from './holder-writes.ts'
import { conversationText, replyIdOf, replyKey } from './item.ts'
import { leases } from './leases.ts'
import { piecesOf } from './pieces.ts'
import { pushes } from './pushes.ts'
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

    async read(replyId) {
      return (await tools.find(replyId))?.record
    },
    async readPieces(replyId) {
      const found = await tools.find(replyId)
      return found && piecesOf(table, found.item)
    },
    async requestCancel(replyId, within) {
      const when = within === undefined ? isOpen : all(isOpen, isWithin(within))
      const came = await tools.change(replyId, when, [set('cancelRequested', flag(true))])
      return 'changed' in came ? came.changed : onlyWithin(came.found?.record, within)
    },
    async claimMessage(msgKey, replyId, conversation) {
      const item = await table.update(claimKey(msgKey), claimable(replyId), [
        set('replyId', text(replyId)),
        set('expiresAt', number(tools.openUntil(clock.now()))),
      ])
      if (item === undefined) return 'other'
      return textOf(item, 'stoppedIn') === conversationText(conversation) ? 'stopped' : 'own'
    },
    async keepStop(msgKey, conversation) {
      const kept = await table.updateOrSee(claimKey(msgKey), isUnclaimed, [
        set('stoppedIn', text(conversationText(conversation))),
        set('expiresAt', number(Math.ceil(clock.now() / 1_000) + STOP_SECONDS)),
      ])
      return 'item' in kept ? undefined : claimantOf(kept.found)
    },
    async findByMsgKey(msgKey) {
      return claimantOf(await table.get(claimKey(msgKey)))
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

/** A stop outlives any doubt about the call that opened its message. */
const STOP_SECONDS = 60

const claimantOf = (item: Item | undefined): ReplyId | undefined =>
  item && (textOf(item, 'replyId') as ReplyId | undefined)

const claimKey = (msgKey: string): string => `${keyPrefixes.msgKey}${msgKey}`
