import type { ClockOffset } from '../core/clock-offset.ts'
import type { MessageQuery, StoredMessage, StreamCall } from '../core/reply/chat-calls.ts'
import type { ChatFailure } from '../core/reply/chat-failure.ts'
import type { Conversation, MsgKey } from '../core/reply/reply.ts'
import type { Result } from '../core/result.ts'

/** The message that took a chunk. */
export interface WrittenMessage {
  readonly msgKey: MsgKey
  readonly otherKeys?: readonly MsgKey[]
}

/**
 * Where chunks go. Every method answers with a value, never rejects for anything the network or the service does, and
 * signs again once by itself when the service refuses the signature.
 */
export interface ChatApi {
  /**
   * Adds a chunk to a message, or opens it, in the way that the call says. Without one (`send_stream_msg`) not idempotent:
   * repeat a call in doubt only after reading the message back. `otherKeys` are names that clients may know it by as well.
   * `mayStart` is asked directly before the bytes of each try go out; where it says no, that try is `notSent`.
   */
  sendChunk(
    call: StreamCall,
    signal?: AbortSignal,
    mayStart?: () => boolean,
  ): Promise<Result<WrittenMessage, ChatFailure>>
  /**
   * The conversation's messages of a span of time, oldest first, from all sides (`admin_getroammsg`, `group_msg_get_simple`). An
   * open native stream comes without its text.
   */
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
