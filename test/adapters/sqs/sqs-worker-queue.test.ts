import { describe, expect, it } from 'vitest'
import { AwsError } from '../../../lib/adapters/aws/aws-error.ts'
import { sqsWorkerQueue } from '../../../lib/adapters/sqs/sqs-worker-queue.ts'
import { parseQueueMessage } from '../../../lib/core/conversation/queue-message.ts'
import { turnReplyId } from '../../../lib/core/conversation/turn.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { MsgKey, ReplyId } from '../../../lib/core/reply/reply.ts'

const queueUrl = 'http://localhost/replies.fifo'
const turn = {
  replyId: turnReplyId('1_2_3' as MsgKey),
  conversation: { from: '@RBT#bot', to: 'Jörg' },
  text: 'hello',
  askedAtMs: 1_700_000_000_000,
  customData: 'own',
}

/** The calls that a queue makes. */
const recorded = () => {
  const calls: Readonly<Record<string, string>>[] = []
  return {
    calls,
    call: async (target: string, body: object) => {
      calls.push({ target, ...body })
    },
  }
}

describe('sqsWorkerQueue', () => {
  it('hands a turn over in one call, named by its reply', async () => {
    const { call, calls } = recorded()

    await sqsWorkerQueue(call, queueUrl).answerLater(turn)

    expect(calls).toEqual([
      {
        target: 'AmazonSQS.SendMessage',
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify({ kind: 'turn', turn }),
        MessageGroupId: expect.stringMatching(/^[\da-f]{64}$/),
        MessageDeduplicationId: 'turn:1_2_3',
      },
    ])
  })

  it('puts the turns of a conversation into one group, with the continuations of its replies', async () => {
    const { call, calls } = recorded()
    const queue = sqsWorkerQueue(call, queueUrl)
    const { conversation } = turn

    await queue.answerLater(turn)
    await queue.answerLater({ ...turn, replyId: turnReplyId('4_5_6' as MsgKey) })
    await sqsWorkerQueue(call, queueUrl).continueLater({
      replyId: 'reply-1' as ReplyId,
      conversation,
      epoch: 1,
    })
    await queue.answerLater({ ...turn, conversation: { ...conversation, to: 'other' } })

    const [first, second, continuation, other] = calls.map((sent) => sent['MessageGroupId'])
    expect([second, continuation]).toEqual([first, first])
    expect(other).not.toBe(first)
  })

  it('escapes the characters that SQS refuses, so that the worker reads the text as it was', async () => {
    const { call, calls } = recorded()
    const odd = { ...turn, text: 'a\uFFFE\uFFFF\u0000\u000B\u007F\uD83D👋b' }

    await sqsWorkerQueue(call, queueUrl).answerLater(odd)

    const body = calls[0]?.['MessageBody'] ?? ''
    // What SQS takes (SendMessage, API reference), but for the characters beyond U+FFFF.
    expect(body).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD]*$/)
    expect(parseQueueMessage(body)).toEqual({ kind: 'turn', turn: odd })
  })

  it('is out of reach also where the queue refuses', async () => {
    const call = async () => {
      throw new AwsError('AWS.SimpleQueueService.NonExistentQueue', 400, 'no such queue')
    }

    await expect(sqsWorkerQueue(call, queueUrl).answerLater(turn)).rejects.toThrow(
      new OutOfReach('queue', 'no such queue'),
    )
  })
})
