import type { Repeatable, StreamCall } from '../../../core/reply/chat-calls.ts'
import { ok } from '../../../core/result.ts'
import { groupClaimKey, groupMsgKey, msgSeqOf, topicOf } from '../group-key.ts'
import type { SendChunk } from '../send-chunk.ts'
import { streamedBody } from '../stored-message.ts'
import { inDoubt } from '../tencent-call.ts'

/** As what a group sees an answer: in the form that clients show growing, or as plain text for those that know no streams. */
export type GroupForm = 'stream' | 'text'

const bodyAs = {
  stream: (text: string, finished: boolean): readonly object[] => streamedBody([text], finished),
  text: (text: string): readonly object[] => [
    { MsgType: 'TIMTextElem', MsgContent: { Text: text } },
  ],
}

const opening = ({ from, to, group }: StreamCall, number: number, body: object): object => ({
  GroupId: to,
  From_Account: from,
  Random: number,
  MsgBody: body,
  ...topicOf(group),
  ...(group?.asker !== undefined && {
    GroupAtInfo: [{ GroupAtAllFlag: 0, GroupAt_Account: group.asker }],
  }),
})

/** `send_group_msg` (document 1047/34959) and `modify_group_msg` (1047/47948), which always carries the whole text. */
export const sendModify =
  (form: GroupForm): SendChunk =>
  async (call, chunk, signal, mayStart) => {
    const { before, number } = chunk.repeatable ?? NOTHING_BEFORE
    const body = bodyAs[form](before + chunk.text, chunk.finish)
    if (chunk.msgKey !== undefined) {
      const seq = msgSeqOf(chunk.msgKey)
      const change = { GroupId: chunk.to, MsgSeq: seq, MsgBody: body, ...topicOf(chunk.group) }
      const answer = await call('openim/modify_group_msg', change, signal, mayStart)
      return answer.ok ? ok({ msgKey: chunk.msgKey }) : answer
    }
    const command = 'group_open_http_svc/send_group_msg'
    const answer = await call(command, opening(chunk, number, body), signal, mayStart)
    if (!answer.ok) return answer
    const msgKey = groupMsgKey(answer.value, number)
    return msgKey === undefined
      ? inDoubt('The service opened a group message without naming it.')
      : ok({ msgKey, otherKeys: [groupClaimKey(chunk.to, msgSeqOf(msgKey))] })
  }

const NOTHING_BEFORE: Pick<Repeatable, 'before' | 'number'> = { before: '', number: 0 }
