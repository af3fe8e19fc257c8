import type { ClockOffset } from '../core/clock-offset.ts'
import type { StoredMessage } from '../core/reply/chat-calls.ts'
import { isOpenedWithin, openedAtSeconds, type Span } from '../core/reply/opening.ts'
import type { Conversation, MsgKey } from '../core/reply/reply.ts'
import type { ChatApi, Clock } from '../ports.ts'

/** What is known of a message after a look: it, that it is not there, or nothing. */
export type Looked =
  | { readonly outcome: 'shown'; readonly message: StoredMessage }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'unreadable' }

/** Looks for one message by the time that its MsgKey ends with. */
export const lookUp = async (
  chatApi: ChatApi,
  { from, to }: Conversation,
  msgKey: MsgKey,
  signal?: AbortSignal,
): Promise<Looked> => {
  const seconds = openedAtSeconds(msgKey)
  if (seconds === undefined) return { outcome: 'absent' }
  const query = { from, to, minTimeSeconds: seconds, maxTimeSeconds: seconds }
  const read = await chatApi.readMessages(query, signal)
  if (!read.ok) return { outcome: 'unreadable' }
  const message = read.value.find((shown) => shown.msgKey === msgKey)
  return message === undefined ? { outcome: 'absent' } : { outcome: 'shown', message }
}

/** The same where it makes no difference why a message cannot be had. */
export const readMessage = async (
  chatApi: ChatApi,
  conversation: Conversation,
  msgKey: MsgKey,
  signal?: AbortSignal,
): Promise<StoredMessage | undefined> => {
  const looked = await lookUp(chatApi, conversation, msgKey, signal)
  return looked.outcome === 'shown' ? looked.message : undefined
}

/**
 * Closes a message that takes no more chunks, by overwriting it with what it shows. False where the service does not let us:
 * its documents do not say whether a streamed message may be overwritten.
 */
export const closeByOverwriting = async (
  chatApi: ChatApi,
  { from, to }: Conversation,
  { msgKey, chunks }: StoredMessage,
): Promise<boolean> => {
  if (chunks === undefined || chunks.length === 0) return false
  return (await chatApi.replaceMessage({ from, to, msgKey, chunks, finished: true })).ok
}

/** What reading a conversation back needs. */
export interface SpanReading {
  readonly chatApi: ChatApi
  readonly clock: Pick<Clock, 'now'>
  readonly signal?: AbortSignal
}

const isWithin = (inner: Required<Span>, outer: Required<Span>): boolean =>
  inner.fromMs >= outer.fromMs && inner.untilMs <= outer.untilMs

/**
 * The bot's streamed messages of a conversation that were opened within a span of the service's time, oldest first; `undefined`
 * when they cannot be had. `spanAt` tells the span from what is known of the service's clock: the very answer may show that it
 * is another time there than was thought, and then the right span is read.
 */
export const readOpened = async (
  { chatApi, clock, signal }: SpanReading,
  conversation: Conversation,
  spanAt: (offset: ClockOffset) => Span,
): Promise<readonly StoredMessage[] | undefined> => {
  const bounded = (): Required<Span> => {
    const offset = chatApi.clockOffset()
    return { untilMs: clock.now() + offset.aheadMs + offset.errorMs, ...spanAt(offset) }
  }
  for (let asked = bounded(), tries = 0; ; tries += 1) {
    const query = {
      ...conversation,
      minTimeSeconds: Math.floor(asked.fromMs / 1_000),
      maxTimeSeconds: Math.floor(asked.untilMs / 1_000),
    }
    const read = await chatApi.readMessages(query, signal)
    if (!read.ok) return undefined
    const span = bounded()
    if (tries > 0 || isWithin(span, asked)) {
      return read.value.filter(
        (shown) =>
          shown.from === conversation.from &&
          shown.text !== undefined &&
          isOpenedWithin(span, shown),
      )
    }
    asked = span
  }
}
