import * as v from 'valibot'
import type { StoredMessage } from '../../core/reply/chat-calls.ts'
import type { MsgKey } from '../../core/reply/reply.ts'

/** `src` of a streamed text; other values mark an error, an interrupt and the like. */
const STREAM_SOURCE = 2

const messageSchema = v.object({
  MsgKey: v.pipe(v.string(), v.nonEmpty()),
  From_Account: v.string(),
  To_Account: v.string(),
  MsgTimeStamp: v.pipe(v.number(), v.integer()),
  MsgRandom: v.fallback(v.optional(v.number()), undefined),
  MsgBody: v.fallback(v.array(v.unknown()), []),
})

const groupMessageSchema = v.object({
  From_Account: v.string(),
  MsgSeq: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  MsgRandom: v.number(),
  MsgTimeStamp: v.pipe(v.number(), v.integer()),
  MsgBody: v.fallback(v.array(v.unknown()), []),
})

/** A stream of the newer family. While it is open its text is elsewhere. */
const streamElementSchema = v.object({
  MsgType: v.literal('TIMStreamElem'),
  MsgContent: v.object({
    StreamMsgID: v.pipe(v.string(), v.nonEmpty()),
    Markdown: v.fallback(v.optional(v.string()), undefined),
  }),
})

const textElementSchema = v.object({
  MsgType: v.literal('TIMTextElem'),
  MsgContent: v.object({ Text: v.string() }),
})

const customElementSchema = v.object({
  MsgType: v.literal('TIMCustomElem'),
  MsgContent: v.object({ Data: v.string() }),
})

const streamSchema = v.object({
  chatbotPlugin: v.number(),
  src: v.literal(STREAM_SOURCE),
  chunks: v.union([v.array(v.string()), v.string()]),
  isFinished: v.fallback(v.optional(v.unknown()), undefined),
})

interface StreamedText {
  /** Where the message has a name beside the usual one. */
  readonly streamId?: string
  readonly chunks?: readonly string[]
  readonly finished: boolean
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const parseStreamElement = (elements: readonly unknown[]): StreamedText | undefined => {
  for (const element of elements) {
    const stream = v.safeParse(streamElementSchema, element)
    if (!stream.success) continue
    const { StreamMsgID: streamId, Markdown: text } = stream.output.MsgContent
    return text === undefined
      ? { streamId, finished: false }
      : { streamId, chunks: [text], finished: true }
  }
  return undefined
}

const parsePlainText = (elements: readonly unknown[]): StreamedText | undefined => {
  const plain = v.safeParse(textElementSchema, elements[0])
  // Whether more of it will come does not show.
  return plain.success ? { chunks: [plain.output.MsgContent.Text], finished: false } : undefined
}

const parseStreamedText = (elements: readonly unknown[]): StreamedText | undefined => {
  for (const element of elements) {
    const custom = v.safeParse(customElementSchema, element)
    if (!custom.success) continue
    const stream = v.safeParse(streamSchema, parseJson(custom.output.MsgContent.Data))
    if (!stream.success) continue
    const { chunks, isFinished } = stream.output
    return {
      chunks: typeof chunks === 'string' ? [chunks] : chunks,
      finished: isFinished === 1 || isFinished === true,
    }
  }
  return undefined
}

/**
 * Reads one message of `admin_getroammsg` (document 1047/35478). `undefined` when it names no message; a message whose body
 * is not a streamed text comes without text. One that does not say whether it is finished counts as open.
 */
export const parseStoredMessage = (raw: unknown): StoredMessage | undefined => {
  const parsed = v.safeParse(messageSchema, raw)
  if (!parsed.success) return undefined
  const { MsgKey, From_Account, To_Account, MsgTimeStamp, MsgRandom, MsgBody } = parsed.output
  const streamed = parseStreamElement(MsgBody) ?? parseStreamedText(MsgBody)
  return {
    msgKey: (streamed?.streamId ?? MsgKey) as MsgKey,
    from: From_Account,
    to: To_Account,
    timeSeconds: MsgTimeStamp,
    ...(MsgRandom !== undefined && { number: MsgRandom }),
    ...shownOf(streamed),
  }
}

const shownOf = (streamed: StreamedText | undefined) => {
  const chunks = streamed?.chunks
  return {
    ...(chunks && { text: chunks.join(''), chunks }),
    finished: streamed?.finished ?? false,
  }
}

/** Reads one message of `group_msg_get_simple` (document 1047/34971), like the above. */
export const parseGroupMessage = (groupId: string, raw: unknown): StoredMessage | undefined => {
  const parsed = v.safeParse(groupMessageSchema, raw)
  if (!parsed.success) return undefined
  const { From_Account, MsgSeq, MsgRandom, MsgTimeStamp, MsgBody } = parsed.output
  const streamed =
    parseStreamElement(MsgBody) ?? parseStreamedText(MsgBody) ?? parsePlainText(MsgBody)
  return {
    msgKey: (streamed?.streamId ?? `${MsgSeq}_${MsgRandom}_${MsgTimeStamp}`) as MsgKey,
    from: From_Account,
    to: groupId,
    timeSeconds: MsgTimeStamp,
    number: MsgRandom,
    ...shownOf(streamed),
  }
}

/** The body of a streamed message as clients read it: the streaming text output protocol, generation 2. */
export const streamedBody = (chunks: readonly string[], finished: boolean): readonly object[] => [
  {
    MsgType: 'TIMCustomElem',
    MsgContent: {
      Data: JSON.stringify({
        chatbotPlugin: 2,
        src: STREAM_SOURCE,
        chunks,
        isFinished: finished ? 1 : 0,
      }),
    },
  },
]
