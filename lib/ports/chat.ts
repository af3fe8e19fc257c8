import type { ClockOffset } from '../core/clock-offset.ts'
import type { MessageQuery, StoredMessage, StreamCall } from '../core/reply/chat-calls.ts'
import type { ChatFailure } from '../core/reply/chat-failure.ts'
import type { Conversation, MsgKey } from '../core/reply/reply.ts'
import type { Result } from '../core/result.ts'

/**
 * Where chunks go. Every method answers with a value, never rejects for anything the network or the service does, and
 * signs again once by itself when the service refuses the signature.
 */
export interface ChatApi {
  /**
   * Appends to a message (`send_stream_msg`). Not idempotent: repeat a call in doubt only after reading the message back.
   * `mayStart` is asked directly before the bytes of each try go out; where it says no, that try is `notSent`.
   */
  sendChunk(
    call: StreamCall,
    signal?: AbortSignal,
    mayStart?: () => boolean,
  ): Promise<Result<{ readonly msgKey: MsgKey }, ChatFailure>>
  /** The conversation's messages of a span of time, oldest first, from both sides (`admin_getroammsg`). */
  readMessages(
    query: MessageQuery,
    signal?: AbortSignal,
  ): Promise<Result<readonly StoredMessage[], ChatFailure>>
  /** Overwrites a message with these chunks (`modify_c2c_msg`). Idempotent. */
  replaceMessage(
    message: Conversation & {
      readonly msgKey: MsgKey
      readonly chunks: readonly string[]
      readonly finished: boolean
    },
    signal?: AbortSignal,
  ): Promise<Result<void, ChatFailure>>
  /** How far the service's clock is ahead of ours, as far as its answers have shown; makes no call. */
  clockOffset(): ClockOffset
}

/** The bot accounts of the application. */
export interface RobotApi {
  /** Creating the same account again leaves one. `userId` begins `@RBT#`. */
  createRobot(
    robot: { readonly userId: string; readonly nick?: string },
    signal?: AbortSignal,
  ): Promise<Result<void, ChatFailure>>
  deleteRobot(userId: string, signal?: AbortSignal): Promise<Result<void, ChatFailure>>
  listRobots(signal?: AbortSignal): Promise<Result<readonly string[], ChatFailure>>
}
