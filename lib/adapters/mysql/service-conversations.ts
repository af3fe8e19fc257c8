import type { Clock, ServiceConversations } from '../../ports.ts'
import { idOfHistory } from './history.ts'
import { mysqlRecords, type RecordsOptions } from './records.ts'
import { jsonIn, numberIn } from './row-values.ts'

/** A name in place of the turns. */
interface Named {
  readonly serviceConversation?: string
}

/** `ServiceConversations` in the table `history`: whoever forgets a history forgets the name as well. */
export const mysqlServiceConversations = (
  options: RecordsOptions & { readonly clock: Pick<Clock, 'now'>; readonly hours: number },
): ServiceConversations => {
  const { clock, hours } = options
  const histories = mysqlRecords('history', ['record', 'expires_at'], options)
  const nowSeconds = (): number => Math.ceil(clock.now() / 1_000)
  return {
    async recall(conversation) {
      const row = await histories.find(idOfHistory(conversation))
      if (row === undefined || (numberIn(row, 'expires_at') ?? 0) <= nowSeconds()) return undefined
      return jsonIn<Named>(row, 'record')?.serviceConversation
    },
    keep: (conversation, serviceConversation) =>
      histories.change(idOfHistory(conversation), () => ({
        outcome: undefined,
        next: {
          record: JSON.stringify({ serviceConversation }),
          expires_at: nowSeconds() + hours * 3_600,
        },
      })),
  }
}
