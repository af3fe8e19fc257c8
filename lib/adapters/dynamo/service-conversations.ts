import type { Clock, ServiceConversations } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { number, numberOf, text, textOf } from './attribute.ts'
import { historyKey } from './history.ts'
import { replyTable } from './table.ts'

interface ServiceConversationsOptions {
  /** Of the service `dynamodb`. May make a call twice. */
  readonly call: AwsCall
  readonly table: string
  readonly clock: Pick<Clock, 'now'>
  /** How long a conversation is remembered after its last turn, in hours. */
  readonly hours: number
}

/**
 * `ServiceConversations` in the items that hold the histories of other sources, described in docs/stored-data.md: whoever forgets a
 * history forgets the name as well.
 */
export const dynamoServiceConversations = ({
  call,
  table: name,
  clock,
  hours,
}: ServiceConversationsOptions): ServiceConversations => {
  const table = replyTable(call, name)
  const nowSeconds = (): number => Math.ceil(clock.now() / 1_000)
  return {
    async recall(conversation) {
      const item = await table.get(historyKey(conversation))
      const isForgotten = item === undefined || (numberOf(item, 'expiresAt') ?? 0) <= nowSeconds()
      return isForgotten ? undefined : textOf(item, 'serviceConversation')
    },
    async keep(conversation, serviceConversation) {
      // In place of the whole item: turns that another source has left there are no part of what the service knows.
      await table.put({
        pk: text(historyKey(conversation)),
        serviceConversation: text(serviceConversation),
        historyVersion: number(nowSeconds()),
        expiresAt: number(nowSeconds() + hours * 3_600),
      })
    },
  }
}
