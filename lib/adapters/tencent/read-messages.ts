import * as v from 'valibot'
import type { MessageQuery, StoredMessage } from '../../core/reply/chat-calls.ts'
import type { ChatFailure } from '../../core/reply/chat-failure.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { parseStoredMessage } from './stored-message.ts'
import { inDoubt, type TencentCall } from './tencent-call.ts'

/** A page holds about 13 KB, so this is some 260 KB of conversation. */
const MAX_PAGES = 20

const MESSAGES_PER_PAGE = 100

const pageSchema = v.object({
  /** Left out when the page is the last one, as far as anybody knows. */
  Complete: v.fallback(v.number(), 1),
  LastMsgTime: v.optional(v.unknown()),
  LastMsgKey: v.optional(v.unknown()),
  MsgList: v.optional(v.array(v.unknown()), []),
})

interface PagePosition {
  readonly MaxTime: number
  readonly LastMsgKey?: string
}

interface Page {
  readonly messages: readonly StoredMessage[]
  /** Absent on the last page. */
  readonly next?: PagePosition
}

const parsePage = (answer: unknown): Result<Page, ChatFailure> => {
  const parsed = v.safeParse(pageSchema, answer)
  if (!parsed.success) return inDoubt('The list of messages is not readable.')
  const { Complete, LastMsgTime, LastMsgKey, MsgList } = parsed.output
  const messages = MsgList.map(parseStoredMessage).filter((message) => message !== undefined)
  if (Complete !== 0) return ok({ messages })
  if (!Number.isSafeInteger(LastMsgTime) || typeof LastMsgKey !== 'string') {
    return inDoubt('The list of messages goes on, but does not say where.')
  }
  return ok({ messages, next: { MaxTime: LastMsgTime as number, LastMsgKey } })
}

/** Pages come newest first. Within a second the service's own order stands. */
const oldestFirst = (pages: readonly (readonly StoredMessage[])[]): readonly StoredMessage[] => {
  const byKey = new Map(
    [...pages]
      .reverse()
      .flat()
      .map((message) => [message.msgKey, message]),
  )
  return [...byKey.values()].sort((a, b) => a.timeSeconds - b.timeSeconds)
}

/**
 * Reads every message of a span of time from a conversation (document 1047/35478). Fails, rather than leaving the oldest
 * out, when that takes more than 20 pages.
 */
export const readMessages = async (
  call: TencentCall,
  query: MessageQuery,
  signal?: AbortSignal,
): Promise<Result<readonly StoredMessage[], ChatFailure>> => {
  const span = {
    Operator_Account: query.from,
    Peer_Account: query.to,
    MaxCnt: MESSAGES_PER_PAGE,
    MinTime: query.minTimeSeconds,
  }
  const pages: (readonly StoredMessage[])[] = []
  let position: PagePosition = { MaxTime: query.maxTimeSeconds }

  for (let count = 0; count < MAX_PAGES; count++) {
    const answer = await call('openim/admin_getroammsg', { ...span, ...position }, signal)
    if (!answer.ok) return err(answer.error)
    const page = parsePage(answer.value)
    if (!page.ok) return page
    pages.push(page.value.messages)
    if (page.value.next === undefined) return ok(oldestFirst(pages))
    position = page.value.next
  }
  return inDoubt(`The conversation is longer than ${MAX_PAGES} pages.`)
}
