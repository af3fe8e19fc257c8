import { newestTurns, withTurn } from '../../core/conversation/bounded-history.ts'
import type { PastTurn } from '../../core/conversation/source-request.ts'
import { sharedParts } from '../../core/reply/conversation.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { Clock, ConversationHistory } from '../../ports.ts'
import { digest } from '../runtime/digest.ts'
import { mysqlRecords, type RecordsOptions } from './records.ts'
import { jsonIn, numberIn } from './row-values.ts'
import type { Columns } from './session.ts'

export interface MysqlHistoryOptions extends RecordsOptions {
  readonly clock: Pick<Clock, 'now'>
  /** 0 remembers nothing. */
  readonly maxTurns: number
  /** How long a conversation is remembered after its last turn, in hours. */
  readonly hours: number
}

/** UserIDs may be of any length. */
export const idOfHistory = (conversation: Conversation): string => digest(sharedParts(conversation))

/**
 * A `ConversationHistory` in the table `history`. A conversation is forgotten `hours` after its last turn, whether or not its
 * row has been deleted by then.
 */
export const mysqlHistory = (options: MysqlHistoryOptions): ConversationHistory => {
  const { clock, maxTurns, hours } = options
  const histories = mysqlRecords('history', ['record', 'expires_at'], options)

  const nowSeconds = (): number => Math.ceil(clock.now() / 1_000)
  const turnsOf = (row: Columns | undefined): readonly PastTurn[] => {
    const isForgotten = row === undefined || (numberIn(row, 'expires_at') ?? 0) <= nowSeconds()
    const kept = isForgotten ? [] : jsonIn<readonly PastTurn[] | object>(row, 'record')
    // A source that remembers for itself has left its own name of the conversation.
    return Array.isArray(kept) ? kept : []
  }

  return {
    async recall(conversation) {
      if (maxTurns === 0) return []
      return newestTurns(turnsOf(await histories.find(idOfHistory(conversation))), maxTurns)
    },
    async remember(conversation, turn) {
      if (maxTurns === 0) return
      await histories.change(idOfHistory(conversation), (row) => {
        const turns = withTurn(turnsOf(row), turn, maxTurns)
        if (turns === undefined) return { outcome: undefined }
        const expiresAt = nowSeconds() + hours * 3_600
        return {
          outcome: undefined,
          next: { record: JSON.stringify(turns), expires_at: expiresAt },
        }
      })
    },
    forget: (conversation) => histories.remove(idOfHistory(conversation)),
  }
}
