import type { Conversation, MsgKey } from './reply.ts'

export interface StreamCall extends Conversation {
  /** Never empty; appended to what the message holds. */
  readonly text: string
  /** Absent opens a message. */
  readonly msgKey?: MsgKey
  /** True closes the message with this call. */
  readonly finish: boolean
}

/** A message as the service shows it when it is read back. */
export interface StoredMessage {
  readonly msgKey: MsgKey
  readonly from: string
  readonly to: string
  /** Unix time of the message, whole seconds. */
  readonly timeSeconds: number
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
