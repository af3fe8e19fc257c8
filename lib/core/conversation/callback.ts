import type { Conversation, MsgKey } from '../reply/reply.ts'
import type { Turn } from './turn.ts'

/** Why a message gets no answer, though nothing is wrong with its callback. */
export type DropReason =
  /** From a bot: bots that answer each other never stop. */
  | 'from-bot'
  | 'to-no-bot'
  /** The service did not deliver it. */
  | 'not-sent'
  /** What clients tell each other, such as that somebody types: nobody sees it, and nobody waits for an answer. */
  | 'signal'
  /** Longer than any message of the service can be. */
  | 'too-long'

/** What a callback says, once read. */
export type Callback =
  | SingleCallback
  /** A message that names several bots. */
  | { readonly kind: 'several'; readonly callbacks: readonly SingleCallback[] }

/** What it says to one bot. */
export type SingleCallback =
  | { readonly kind: 'turn'; readonly turn: Turn }
  /** The user pressed Stop. */
  | {
      readonly kind: 'interrupt'
      /** The message that is being streamed. */
      readonly msgKey: MsgKey
      /** What it may have been claimed by as well. */
      readonly otherKey?: MsgKey
      /** The reply's: from the bot to the user who pressed. */
      readonly conversation: Conversation
    }
  /** The user says what they think of an answer. */
  | {
      readonly kind: 'feedback'
      /** A message of the answer. */
      readonly msgKey: MsgKey
      readonly conversation: Conversation
      readonly value: 'up' | 'down'
      /** What the user wrote about it; absent where they wrote nothing. */
      readonly text?: string
    }
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly msgKey: MsgKey }
  /** An event that nobody here waits for; `command` is its name, shortened. */
  | { readonly kind: 'unknown'; readonly command: string }
  /** `field` is the path of the first wrong field; `body` stands for the whole. */
  | { readonly kind: 'malformed'; readonly field: string }

/** Why a request is not taken for a callback of our application. */
export interface CallbackRefusal {
  readonly reason: 'app' | 'time' | 'sign' | 'address'
  /** Names what is wrong and says what to do; shows neither signature nor token. */
  readonly detail: string
}
