import { serviceConversationsIn } from '#stores'
import type { ServiceConversations } from '../ports.ts'
import type { Writer } from './writer.ts'

/** What services know conversations by. Never rejects: where the table is out of reach, a conversation begins anew, and the log says so. */
export const composeConversations = (
  { deps: { log }, table }: Writer,
  hours: number,
): ServiceConversations => {
  const { recall, keep } = serviceConversationsIn(table, hours)
  return {
    recall: (conversation) =>
      recall(conversation).catch((error: unknown) => {
        log.warn('history-not-read', { error: String(error) })
        return undefined
      }),
    keep: (conversation, name) =>
      keep(conversation, name).catch((error: unknown) => {
        log.warn('history-not-written', { error: String(error) })
      }),
  }
}
