import { newestTurns, withTurn } from '../../core/conversation/bounded-history.ts'
import type { PastTurn } from '../../core/conversation/source-request.ts'
import { sharedParts } from '../../core/reply/conversation.ts'
import type { Conversation } from '../../core/reply/reply.ts'
import type { Clock, ConversationHistory } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { digest } from '../runtime/digest.ts'
import { type Item, json, jsonOf, number, numberOf, text } from './attribute.ts'
import type { Arm } from './expression.ts'
import { keyPrefixes } from './key-prefixes.ts'
import { isNew } from './reply-store/conditions.ts'
import { inRounds } from './reply-store/rounds.ts'
import { replyTable } from './table.ts'

/** Of how many conversations what was read is kept in a process: more than are answered at once. */
const MOST_KEPT = 20
/** How often other writers may come between reading an item and writing it. */
const ROUNDS = 8

export interface DynamoHistoryOptions {
  /** Of the service `dynamodb`. May make a call twice. */
  readonly call: AwsCall
  readonly table: string
  readonly clock: Pick<Clock, 'now'>
  /** 0 remembers nothing. */
  readonly maxTurns: number
  /** How long a conversation is remembered after its last turn, in hours. */
  readonly hours: number
}

/** One item for each conversation; every write of it counts `historyVersion` up, and is refused where another came before it. */
const notWrittenSince = (item: Item | undefined): Arm =>
  item === undefined
    ? isNew
    : {
        condition: 'historyVersion = :seenVersion',
        values: { ':seenVersion': number(versionOf(item)) },
      }

const versionOf = (item: Item): number => numberOf(item, 'historyVersion') ?? 0

/** UserIDs may be of any length. */
export const historyKey = (conversation: Conversation): string =>
  `${keyPrefixes.history}${digest(sharedParts(conversation))}`

/**
 * A `ConversationHistory` in the table of the replies, described in docs/stored-data.md. A conversation is forgotten
 * `hours` after its last turn, whether or not DynamoDB has deleted it by then.
 */
export const dynamoHistory = (options: DynamoHistoryOptions): ConversationHistory => {
  const { call, clock, maxTurns, hours } = options
  const table = replyTable(call, options.table)

  const nowSeconds = (): number => Math.ceil(clock.now() / 1_000)
  const turnsOf = (item: Item | undefined): readonly PastTurn[] => {
    const isForgotten = item === undefined || (numberOf(item, 'expiresAt') ?? 0) <= nowSeconds()
    return isForgotten ? [] : (jsonOf<readonly PastTurn[]>(item, 'turns') ?? [])
  }

  /** What a turn's beginning read, for its end, which then reads only where somebody has written meanwhile. */
  const recalled = new Map<string, Item | undefined>()
  const keep = (pk: string, item: Item | undefined): void => {
    recalled.delete(pk)
    recalled.set(pk, item)
    const [oldest] = recalled.keys()
    if (recalled.size > MOST_KEPT && oldest !== undefined) recalled.delete(oldest)
  }
  const lookUp = async (pk: string): Promise<Item | undefined> => {
    if (!recalled.has(pk)) return table.get(pk)
    const item = recalled.get(pk)
    recalled.delete(pk)
    return item
  }

  return {
    async recall(conversation) {
      if (maxTurns === 0) return []
      const pk = historyKey(conversation)
      const item = await table.get(pk)
      keep(pk, item)
      return newestTurns(turnsOf(item), maxTurns)
    },
    async remember(conversation, turn) {
      if (maxTurns === 0) return
      const pk = historyKey(conversation)
      await inRounds(ROUNDS, 'a history changed between reading and writing', async () => {
        const item = await lookUp(pk)
        const turns = withTurn(turnsOf(item), turn, maxTurns)
        // Also where the first try of this very write was applied and its answer lost.
        if (turns === undefined) return 'remembered'
        const next = {
          pk: text(pk),
          turns: json(turns),
          historyVersion: number(item === undefined ? 1 : versionOf(item) + 1),
          expiresAt: number(nowSeconds() + hours * 3_600),
        }
        return (await table.putIf(next, notWrittenSince(item))) ? 'remembered' : undefined
      })
    },
    async forget(conversation) {
      const pk = historyKey(conversation)
      recalled.delete(pk)
      await table.remove(pk)
    },
  }
}
