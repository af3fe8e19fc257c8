import { onlyWithin } from '../../../core/reply/record.ts'
import { conversationText, type ReplyId } from '../../../core/reply/reply.ts'
import type { Clock, ReplyStore } from '../../../ports.ts'
import { flag, type Item, number, text, textOf } from '../attribute.ts'
import { all, set } from '../expression.ts'
import { keyPrefixes } from '../key-prefixes.ts'
import { replyTable } from '../table.ts'
import { type StoreTools, storeTools } from '../tools.ts'
import { claimable, isOpen, isUnclaimed, isWithin } from './conditions.ts'
import type { DynamoReplyStoreOptions } from './index.ts'

/** What whoever stops replies, and claims their messages, asks a store. */
type Stops = Pick<
  ReplyStore,
  'read' | 'requestCancel' | 'claimMessage' | 'keepStop' | 'findByMsgKey'
>

/** The part of `dynamoReplyStore` that a function needs which writes no reply: it loads in a fraction of the time. */
export const dynamoStops = ({ call, table, ...tools }: DynamoReplyStoreOptions): Stops =>
  stops(storeTools(replyTable(call, table), tools), tools.clock)

export const stops = (tools: StoreTools, clock: Pick<Clock, 'now'>): Stops => {
  const { table } = tools
  return {
    async read(replyId) {
      return (await tools.find(replyId))?.record
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
  }
}

/** A stop outlives any doubt about the call that opened its message. */
const STOP_SECONDS = 60

const claimantOf = (item: Item | undefined): ReplyId | undefined =>
  item && (textOf(item, 'replyId') as ReplyId | undefined)

const claimKey = (msgKey: string): string => `${keyPrefixes.msgKey}${msgKey}`
