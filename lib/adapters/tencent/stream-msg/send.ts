import type { StreamCall } from '../../../core/reply/chat-calls.ts'
import type { MsgKey } from '../../../core/reply/reply.ts'
import { ok } from '../../../core/result.ts'
import type { SendChunk } from '../send-chunk.ts'
import { inDoubt } from '../tencent-call.ts'

const streamBody = ({ from, to, text, msgKey, finish }: StreamCall): object => ({
  From_Account: from,
  To_Account: to,
  Chunk: text,
  ...(msgKey !== undefined && { MsgKey: msgKey }),
  ...(finish && { Finish: 1 }),
})

/** `send_stream_msg` (document 1047/71131). */
export const sendStreamMsg: SendChunk = async (call, chunk, signal, mayStart) => {
  const command = 'openim_robot_http_svc/send_stream_msg'
  const answer = await call(command, streamBody(chunk), signal, mayStart)
  if (!answer.ok) return answer
  if (chunk.msgKey !== undefined) return ok({ msgKey: chunk.msgKey })
  const { MsgKey: msgKey } = answer.value
  // Without its key nobody can go on with a message.
  return typeof msgKey === 'string' && msgKey !== ''
    ? ok({ msgKey: msgKey as MsgKey })
    : inDoubt('The service opened a message without naming it.')
}
