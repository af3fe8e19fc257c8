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
  MsgBody: v.fallback(v.array(v.unknown()), []),
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
  readonly chunks: readonly string[]
  readonly finished: boolean
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
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
  const { MsgKey, From_Account, To_Account, MsgTimeStamp, MsgBody } = parsed.output
  const streamed = parseStreamedText(MsgBody)
  return {
    msgKey: MsgKey as MsgKey,
    from: From_Account,
    to: To_Account,
    timeSeconds: MsgTimeStamp,
    ...(streamed && { text: streamed.chunks.join(''), chunks: streamed.chunks }),
    finished: streamed?.finished ?? false,
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
