import { MAX_NOTED_TURNS, type NotedTurn } from '../../core/conversation/user-limits.ts'
import { conversationParts } from '../../core/reply/conversation.ts'
import type { Conversation, ReplyId } from '../../core/reply/reply.ts'
import type { Clock, UserRecords, UserState } from '../../ports.ts'
import type { AwsCall } from '../aws/aws-json-client.ts'
import { digest } from '../runtime/digest.ts'
import { type Item, number, numberOf, text, texts, textsOf } from './attribute.ts'
import { keyPrefixes } from './key-prefixes.ts'
import { replyTable } from './table.ts'

/** Longer than any turn counts, or any pause lasts that is asked for once. */
const KEPT_SECONDS = 2 * 86_400

/** UserIDs may be of any length. */
const userKey = (conversation: Conversation): string =>
  `${keyPrefixes.user}${digest(conversationParts(conversation))}`

/** `<askedAtMs> <replyId>` */
const markOf = ({ askedAtMs, replyId }: NotedTurn): string => `${askedAtMs} ${replyId}`
const turnOf = (mark: string): NotedTurn => {
  const [askedAtMs, replyId = ''] = mark.split(' ', 2)
  return { replyId: replyId as ReplyId, askedAtMs: Number(askedAtMs) }
}

/** `UserRecords` in the table of the replies: one item for each user of a bot, described in docs/stored-data.md. */
export const dynamoUserRecords = (options: {
  /** Of the service `dynamodb`. May make a call twice. */
  readonly call: AwsCall
  readonly table: string
  readonly clock: Pick<Clock, 'now'>
}): UserRecords => {
  const table = replyTable(options.call, options.table)
  const { clock } = options
  const nowSeconds = (): number => Math.ceil(clock.now() / 1_000)

  const stateOf = (item: Item): UserState => {
    const pausedUntilMs = numberOf(item, 'pausedUntilMs') ?? 0
    return {
      turns: textsOf(item, 'turnsNoted').map(turnOf),
      ...(pausedUntilMs > clock.now() ? { pausedUntilMs } : {}),
    }
  }

  return {
    async note(conversation, turn) {
      const pk = userKey(conversation)
      const before = await table.amend(pk, {
        UpdateExpression: 'ADD turnsNoted :turn SET expiresAt = :expiresAt',
        // Whoever writes without end finds an end here.
        ConditionExpression: 'attribute_not_exists(turnsNoted) OR size(turnsNoted) < :most',
        ExpressionAttributeValues: {
          ':turn': texts([markOf(turn)]),
          ':expiresAt': number(nowSeconds() + KEPT_SECONDS),
          ':most': number(MAX_NOTED_TURNS),
        },
      })
      return stateOf(before ?? (await table.get(pk)) ?? {})
    },
    async drop(conversation, turns) {
      if (turns.length === 0) return
      await table.amend(userKey(conversation), {
        UpdateExpression: 'DELETE turnsNoted :turns',
        ExpressionAttributeValues: { ':turns': texts(turns.map(markOf)) },
      })
    },
    async pause(conversation, untilMs) {
      await table.amend(userKey(conversation), {
        UpdateExpression: 'SET pausedUntilMs = :until, expiresAt = :expiresAt REMOVE pauseNoticeOf',
        ExpressionAttributeValues: {
          ':until': number(untilMs),
          ':expiresAt': number(Math.ceil(untilMs / 1_000) + KEPT_SECONDS),
        },
      })
    },
    async resume(conversation) {
      await table.amend(userKey(conversation), {
        UpdateExpression: 'REMOVE pausedUntilMs, pauseNoticeOf',
      })
    },
    async claimPauseNotice(conversation, replyId) {
      const before = await table.amend(userKey(conversation), {
        UpdateExpression: 'SET pauseNoticeOf = :replyId',
        ConditionExpression: 'attribute_not_exists(pauseNoticeOf) OR pauseNoticeOf = :replyId',
        ExpressionAttributeValues: { ':replyId': text(replyId) },
      })
      return before !== undefined
    },
    forget: (conversation) => table.remove(userKey(conversation)),
  }
}
