import type { ReplyRecord } from '../core/reply/record.ts'
import type { ReplyStatus } from '../core/reply/reply.ts'
import { jsonAnswer } from './answer.ts'
import { problem } from './problem.ts'

/** What every success answers. */
interface ReplyView {
  readonly replyId: string
  readonly status: ReplyStatus
  readonly msgKeys: readonly string[]
  readonly sentSeq: number
  readonly calls: number
}

/** What a record and a receipt have in common. */
export type Outcome = Pick<ReplyRecord, 'replyId' | 'status' | 'progress' | 'failure'>

const view = ({ replyId, status, progress }: Outcome): ReplyView => {
  const { msgKeys, sentSeq, calls } = progress
  return { replyId, status, msgKeys, sentSeq, calls }
}

/** The reply as it is, whatever became of it. Why one failed stands in a header: every body has the same fields. */
export const replyAnswer = (reply: Outcome, status: 200 | 202): Response => {
  const { failure } = reply
  return jsonAnswer(status, view(reply), failure ? { 'reply-failure': failure.reason } : {})
}

/** The reply to whom asked for it to be sent: a refusal by Tencent is an error, an open reply is accepted. */
export const sentAnswer = (reply: Outcome, done = reply.status !== 'open'): Response => {
  const { failure, replyId } = reply
  if (failure?.reason === 'refused') {
    const { code, detail } = failure
    return problem(502, { detail, replyId, ...(code === undefined ? {} : { code }) })
  }
  return replyAnswer(reply, done ? 200 : 202)
}
