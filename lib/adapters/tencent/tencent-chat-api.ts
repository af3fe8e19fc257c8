import * as v from 'valibot'
import { parseMsgKey } from '../../core/conversation/turn.ts'
import type { ChatFailure } from '../../core/reply/chat-failure.ts'
import { ok, type Result } from '../../core/result.ts'
import type { ChatApi, RobotApi } from '../../ports.ts'
import type { ChatTransport } from './chat-transport.ts'
import { readGroup } from './read-group.ts'
import { readMessages } from './read-messages.ts'
import { type ComparedClock, serviceClock } from './service-clock.ts'
import { streamedBody } from './stored-message.ts'
import { inDoubt, tencentCall } from './tencent-call.ts'
import { type CallSettings, sendingBy } from './ways.ts'

export interface TencentChatApiOptions {
  /** Called when the service refuses the signature; the transport must sign the next call anew. */
  readonly forgetSignature: () => void
  /** The clock that the service's is compared with. */
  readonly clock: ComparedClock
  readonly calls?: CallSettings
}

const usualCalls: CallSettings = { groupForm: 'stream', keepAliveEvent: 'data' }

const robotListSchema = v.object({ Robot_Account: v.optional(v.array(v.string()), []) })

/**
 * Tencent Chat as the rest of the program sees it (documents 1047/71131, 269/89991–89993, 1047/35478, 1047/47722). No
 * answer makes it throw.
 */
export const tencentChatApi = (
  transport: ChatTransport,
  { forgetSignature, clock, calls = usualCalls }: TencentChatApiOptions,
): ChatApi & RobotApi => {
  const time = serviceClock(clock)
  const call = tencentCall(time.watch(transport), forgetSignature)
  const sending = sendingBy(calls)

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
      const send = sending[chunk.repeatable?.way ?? 'stream_msg']
      const written = await send(call, chunk, signal, mayStart)
      // A call that was made before may have opened its message then.
      const isNew = chunk.msgKey === undefined && chunk.repeatable?.again !== true
      if (written.ok && isNew) {
        const key = parseMsgKey(written.value.msgKey)
        if (key !== undefined) time.noteOpened(key, startedAtMs)
      }
      return written
    },

    readMessages: (query, signal) =>
      query.group === undefined
        ? readMessages(call, query, signal)
        : readGroup(call, query, signal),

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
