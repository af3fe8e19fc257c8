import * as v from 'valibot'
import type { StreamCall } from '../../core/reply/chat-calls.ts'
import type { ChatFailure } from '../../core/reply/chat-failure.ts'
import type { MsgKey } from '../../core/reply/reply.ts'
import { ok, type Result } from '../../core/result.ts'
import type { ChatApi, RobotApi } from '../../ports.ts'
import type { ChatTransport } from './chat-transport.ts'
import { readMessages } from './read-messages.ts'
import { type ComparedClock, serviceClock } from './service-clock.ts'
import { streamedBody } from './stored-message.ts'
import { inDoubt, tencentCall } from './tencent-call.ts'

export interface TencentChatApiOptions {
  /** Called when the service refuses the signature; the transport must sign the next call anew. */
  readonly forgetSignature: () => void
  /** The clock that the service's is compared with. */
  readonly clock: ComparedClock
}

const robotListSchema = v.object({ Robot_Account: v.optional(v.array(v.string()), []) })

const streamBody = ({ from, to, text, msgKey, finish }: StreamCall): object => ({
  From_Account: from,
  To_Account: to,
  Chunk: text,
  ...(msgKey !== undefined && { MsgKey: msgKey }),
  ...(finish && { Finish: 1 }),
})

/** The key of a message that was just opened, without which nobody can go on with it. */
const openedMessage = (msgKey: unknown): Result<{ readonly msgKey: MsgKey }, ChatFailure> =>
  typeof msgKey === 'string' && msgKey !== ''
    ? ok({ msgKey: msgKey as MsgKey })
    : inDoubt('The service opened a message without naming it.')

/**
 * Tencent Chat as the rest of the program sees it (documents 1047/71131, 269/89991–89993, 1047/35478, 1047/47722). No
 * answer makes it throw.
 */
export const tencentChatApi = (
  transport: ChatTransport,
  { forgetSignature, clock }: TencentChatApiOptions,
): ChatApi & RobotApi => {
  const time = serviceClock(clock)
  const call = tencentCall(time.watch(transport), forgetSignature)

  const callForNothing = async (
    command: string,
    body: object,
    signal?: AbortSignal,
  ): Promise<Result<void, ChatFailure>> => {
    const answer = await call(command, body, signal)
    return answer.ok ? ok(undefined) : answer
  }

  return {
    clockOffset: time.offset,

    async sendChunk(chunk, signal, mayStart) {
      const startedAtMs = clock.now()
      const command = 'openim_robot_http_svc/send_stream_msg'
      const answer = await call(command, streamBody(chunk), signal, mayStart)
      if (!answer.ok) return answer
      if (chunk.msgKey !== undefined) return ok({ msgKey: chunk.msgKey })
      const opened = openedMessage(answer.value.MsgKey)
      if (opened.ok) time.noteOpened(opened.value.msgKey, startedAtMs)
      return opened
    },

    readMessages: (query, signal) => readMessages(call, query, signal),

    replaceMessage({ from, to, msgKey, chunks, finished }, signal) {
      const body = {
        From_Account: from,
        To_Account: to,
        MsgKey: msgKey,
        MsgBody: streamedBody(chunks, finished),
      }
      return callForNothing('openim/modify_c2c_msg', body, signal)
    },

    createRobot({ userId, nick }, signal) {
      const body = { UserID: userId, ...(nick !== undefined && { Nick: nick }) }
      return callForNothing('openim_robot_http_svc/create_robot', body, signal)
    },

    deleteRobot(userId, signal) {
      const body = { Robot_Account: userId }
      return callForNothing('openim_robot_http_svc/delete_robot', body, signal)
    },

    async listRobots(signal) {
      const answer = await call('openim_robot_http_svc/get_all_robots', {}, signal)
      if (!answer.ok) return answer
      const list = v.safeParse(robotListSchema, answer.value)
      return list.success
        ? ok(list.output.Robot_Account)
        : inDoubt('The list of robots is not readable.')
    },
  }
}
