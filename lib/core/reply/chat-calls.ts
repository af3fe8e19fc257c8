import type { Conversation, MsgKey, Progress, ReplyId, WayName } from './reply.ts'
import { callNumber, type Way } from './way.ts'

export interface StreamCall extends Conversation {
  /** Appended to what the message holds; empty only where the way takes that. */
  readonly text: string
  /** Absent opens a message. */
  readonly msgKey?: MsgKey
  /** True closes the message with this call. */
  readonly finish: boolean
  /** Absent for `send_stream_msg`, whose calls may not be repeated. */
  readonly repeatable?: Repeatable
}

/** What a call says beside its text in a way in which the same call takes effect once, however often it is made. */
export interface Repeatable {
  readonly way: WayName
  /** Counts the calls of the message from 1. */
  readonly index: number
  /** The text of the message before the call, as much from its start as the way takes along. */
  readonly before: string
  /** A 32-bit number, the same for the same call. */
  readonly number: number
  /** The number of the call that opened the message. */
  readonly openingNumber: number
  /** True where the call may have been applied before. */
  readonly again: boolean
}

interface Chunk {
  readonly text: string
  readonly finish: boolean
}

interface WrittenReply {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly progress: Pick<Progress, 'message' | 'msgKeys'>
}

/** The call that adds a chunk to the newest message of a reply, or opens it. */
export const callOf = (
  { replyId, conversation, progress }: WrittenReply,
  way: Way,
  { text, finish }: Chunk,
  again = false,
): StreamCall => {
  const { message, msgKeys } = progress
  const { msgKey, index = 0, text: before = '' } = message
  const call = { ...conversation, text, finish, ...(msgKey === undefined ? {} : { msgKey }) }
  if (way.afterLostAnswer === 'readBack') return call
  const ordinal = msgKeys.length - (msgKey === undefined ? 0 : 1)
  const [number, openingNumber] = [index + 1, 1].map((n) => callNumber(replyId, ordinal, n))
  if (number === undefined || openingNumber === undefined) return call
  const repeatable = { way: way.name, index: index + 1, before, number, openingNumber, again }
  return { ...call, repeatable }
}

/** A message as the service shows it when it is read back. */
export interface StoredMessage {
  readonly msgKey: MsgKey
  readonly from: string
  readonly to: string
  /** Unix time of the message, whole seconds. */
  readonly timeSeconds: number
  /** What the call that opened it was numbered with, where that shows. */
  readonly number?: number
  /** The joined text of a streamed message; absent for any other kind of message. */
  readonly text?: string
  /** The chunks it is stored in; absent for any other kind of message. */
  readonly chunks?: readonly string[]
  readonly finished: boolean
}

export interface MessageQuery extends Conversation {
  /** Unix seconds, both ends included. */
  readonly minTimeSeconds: number
  readonly maxTimeSeconds: number
}
