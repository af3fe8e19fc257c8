import * as v from 'valibot'
import type { MessageQuery, StoredMessage } from '../../core/reply/chat-calls.ts'
import type { ChatFailure } from '../../core/reply/chat-failure.ts'
import { ok, type Result } from '../../core/result.ts'
import { topicOf } from './group-key.ts'
import { parseGroupMessage } from './stored-message.ts'
import { inDoubt, type TencentCall } from './tencent-call.ts'

/** The service gives no more at a time. */
const MESSAGES_PER_PAGE = 20
const MAX_PAGES = 20

const pageSchema = v.object({
  /** 0 where the page is not all of what was asked for. */
  IsFinished: v.fallback(v.number(), 1),
  RspMsgList: v.optional(v.array(v.unknown()), []),
})

const placed = v.object({ MsgSeq: v.pipe(v.number(), v.safeInteger()), MsgTimeStamp: v.number() })

/** The oldest message of a page: what comes before it is on the next one. */
const oldestOf = (entries: readonly unknown[]) =>
  entries
    .map((entry) => v.safeParse(placed, entry))
    .flatMap((entry) => (entry.success ? [entry.output] : []))
    .sort((a, b) => a.MsgSeq - b.MsgSeq)[0]

/**
 * Reads every message of a span of time from a group (document 1047/34971), oldest first. Fails, rather than leaving the oldest
 * out, when that takes more than 20 pages.
 */
export const readGroup = async (
  call: TencentCall,
  query: MessageQuery,
  signal?: AbortSignal,
): Promise<Result<readonly StoredMessage[], ChatFailure>> => {
  const { to: GroupId, group, minTimeSeconds, maxTimeSeconds } = query
  const read: StoredMessage[] = []
  let position: { readonly ReqMsgSeq?: number } = {}
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const body = { GroupId, ReqMsgNumber: MESSAGES_PER_PAGE, ...position, ...topicOf(group) }
    const answer = await call('group_open_http_svc/group_msg_get_simple', body, signal)
    if (!answer.ok) return answer
    const page = v.safeParse(pageSchema, answer.value)
    if (!page.success) return inDoubt('The list of messages is not readable.')
    const { RspMsgList: entries, IsFinished } = page.output
    read.push(...entries.flatMap((entry) => parseGroupMessage(GroupId, entry) ?? []))
    const oldest = oldestOf(entries)
    const isAll = IsFinished !== 0 && entries.length < MESSAGES_PER_PAGE
    if (oldest === undefined || isAll || oldest.MsgTimeStamp < minTimeSeconds || oldest.MsgSeq <= 1)
      return ok(within(read, minTimeSeconds, maxTimeSeconds))
    position = { ReqMsgSeq: oldest.MsgSeq - 1 }
  }
  return inDoubt(`The group has more than ${MAX_PAGES} pages of messages since then.`)
}

const within = (
  messages: readonly StoredMessage[],
  fromSeconds: number,
  untilSeconds: number,
): readonly StoredMessage[] =>
  messages
    .filter(({ timeSeconds }) => timeSeconds >= fromSeconds && timeSeconds <= untilSeconds)
    .reverse()
    .sort((a, b) => a.timeSeconds - b.timeSeconds)
