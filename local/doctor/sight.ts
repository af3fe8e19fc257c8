import * as v from 'valibot'
import type { StoredMessage } from '../../lib/core/reply/chat-calls.ts'
import { type Answer, inWords } from './answer.ts'

/** What reading a message back showed. */
export type Sight =
  | {
      readonly kind: 'shown'
      readonly text: string
      readonly chunks: readonly string[]
      readonly finished: boolean
      /** `chatbotPlugin` of what is stored. */
      readonly marker?: number
      /** False where it is not found under the time in its MsgKey, but at another time. */
      readonly underItsKey: boolean
      /** How long after the newest call it was shown like this. */
      readonly afterMs: number
    }
  /** The conversation was read, and the message is not in it. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'unreadable'; readonly answer: Answer }

const listSchema = v.object({ MsgList: v.array(v.unknown()) })

const entrySchema = v.object({
  MsgKey: v.string(),
  MsgBody: v.array(v.object({ MsgContent: v.object({ Data: v.string() }) })),
})

const dataSchema = v.pipe(v.string(), v.parseJson(), v.object({ chatbotPlugin: v.number() }))

/** The marker of a message, from the service's own list. */
export const markerOf = (answer: Answer, msgKey: string): number | undefined => {
  if (answer.kind !== 'accepted') return undefined
  const list = v.safeParse(listSchema, answer.body)
  for (const item of list.success ? list.output.MsgList : []) {
    const entry = v.safeParse(entrySchema, item)
    if (!entry.success || entry.output.MsgKey !== msgKey) continue
    const data = v.safeParse(dataSchema, entry.output.MsgBody[0]?.MsgContent.Data)
    return data.success ? data.output.chatbotPlugin : undefined
  }
  return undefined
}

/** A message that was found, as a sight of it. A message without streamed text counts as hidden. */
export const sightOf = (
  message: StoredMessage | undefined,
  at: {
    readonly marker: number | undefined
    readonly underItsKey: boolean
    readonly afterMs: number
  },
): Sight => {
  if (message?.text === undefined || message.chunks === undefined) return { kind: 'hidden' }
  const { text, chunks, finished } = message
  const { marker, ...rest } = at
  return { kind: 'shown', text, chunks, finished, ...(marker !== undefined && { marker }), ...rest }
}

/** What was seen, in a few words. */
export const seen = (sight: Sight): string => {
  switch (sight.kind) {
    case 'shown':
      return sight.finished ? 'shown, finished' : 'shown, open'
    case 'hidden':
      return 'not shown'
    case 'unreadable':
      return `not readable, ${inWords(sight.answer)}`
  }
}
