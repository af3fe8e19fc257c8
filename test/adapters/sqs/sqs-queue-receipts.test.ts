import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AwsError } from '../../../lib/adapters/aws/aws-error.ts'
import { type AwsCall, awsJsonClient } from '../../../lib/adapters/aws/aws-json-client.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { sqsQueueReceipts } from '../../../lib/adapters/sqs/sqs-queue-receipts.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { Log } from '../../../lib/ports.ts'
import { workBatch } from '../../../lib/worker/batch.ts'
import { credentials, lambdaContext, region } from '../../support/local-cloud.ts'
import { startLocalQueue } from '../../support/local-queue.ts'
import type { PollOptions } from '../../support/queue-poller.ts'
import { unhurried } from '../../support/unhurried.ts'

const forever = new Promise<never>(() => {})
const soon = { interval: 10, timeout: 20_000 }

let warnings: unknown[][] = []
const log: Log = { info: () => {}, warn: (...line) => warnings.push(line) }

let queue: Awaited<ReturnType<typeof startLocalQueue>>
let call: AwsCall
let endings: (() => Promise<void>)[] = []

beforeEach(async () => {
  warnings = []
  queue = await startLocalQueue()
  const client = { region, credentials, endpoint: queue.env.AWS_ENDPOINT_URL_SQS }
  call = awsJsonClient({ service: 'sqs', ...client, clock: systemClock, random: Math.random })
})
afterEach(async () => {
  for (const end of endings) await end()
  endings = []
  await queue.close()
})

const receiptsThrough = (through: AwsCall) =>
  sqsQueueReceipts({ call: through, queueUrl: queue.env.REPLIES_QUEUE_URL, log })

const poll = (handler: PollOptions['handler'], concurrency = 2) => {
  const poller = queue.poll({ handler, newContext: lambdaContext, concurrency })
  endings.push(() => {
    for (const { kill } of poller.invocations) kill()
    return poller.stop()
  })
  return poller
}

const turnSaying = (text: string): string => {
  const conversation = { from: '@RBT#bot', to: 'user' }
  return JSON.stringify({
    kind: 'turn',
    turn: { replyId: `turn:${text}`, conversation, text, askedAtMs: 0 },
  })
}

const nothingFailed = { batchItemFailures: [] }

describe('a message in the queue', () => {
  it('of a killed worker comes again when the time is over for which it was hidden last', async () => {
    const counts: string[] = []
    const poller = poll(async ({ Records }) => {
      counts.push(...Records.map(({ attributes }) => attributes.ApproximateReceiveCount))
      if (counts.length > 1) return nothingFailed
      await receiptsThrough(call).hideFor(
        Records.map(({ receiptHandle }) => receiptHandle),
        900,
      )
      poller.invocations[0]?.kill()
      return forever
    })
    await queue.send('hello', 'anna')

    await expect.poll(() => counts, soon).toEqual(['1', '2'])

    const [first, second] = poller.invocations
    expect(second?.bodies).toEqual(['hello'])
    expect((second?.startedAtMs ?? 0) - (first?.startedAtMs ?? 0)).toBeGreaterThanOrEqual(900)
    expect(warnings).toEqual([])
  })

  it('lets the next of its conversation through once it is removed, while its batch goes on', async () => {
    const receipts = receiptsThrough(call)
    const begun: string[] = []
    let beginSecond = () => {}
    const secondBegins = new Promise<void>((resolve) => {
      beginSecond = resolve
    })
    const answer = async (text: string) => {
      begun.push(text)
      if (text === 'anna-2') beginSecond()
      // Ends only when the second message of the other conversation was taken up by another invocation.
      if (text === 'ben-1') await secondBegins
      return { done: true } as const
    }
    for (const [group, text] of [
      ['anna', 'anna-1'],
      ['ben', 'ben-1'],
      ['anna', 'anna-2'],
    ] as const) {
      await queue.send(turnSaying(text), group)
    }

    const poller = poll(async ({ Records }) => {
      const messages = Records.map(({ messageId, receiptHandle, body, attributes }) => ({
        messageId,
        receiptHandle,
        body,
        group: attributes.MessageGroupId ?? '',
        receiveCount: 1,
      }))
      const work = {
        answer: ({ text }: { text: string }) => answer(text),
        continueReply: () => forever,
      }
      const deps = { clock: systemClock, log, receipts }
      const again = await workBatch(deps, { leaseMs: 15_000 }, messages, work, unhurried)
      return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) }
    })
    await secondBegins
    await poller.stop()

    expect(poller.invocations.map(({ bodies }) => bodies.length)).toEqual([2, 1])
    expect(begun).toEqual(['anna-1', 'ben-1', 'anna-2'])
    expect([await queue.waiting(), await queue.failed(), warnings]).toEqual([0, 0, []])
  })

  it('that is given back at once comes before those behind it', async () => {
    const receipts = receiptsThrough(call)
    const taken: string[] = []
    await queue.send('first', 'anna')
    await queue.send('second', 'anna')

    poll(async ({ Records }) => {
      taken.push(...Records.map(({ body }) => body))
      if (taken.length > 1) return nothingFailed
      await receipts.hideFor(
        Records.map(({ receiptHandle }) => receiptHandle),
        0,
      )
      return { batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    })

    await expect.poll(() => taken, soon).toEqual(['first', 'first', 'second'])
  })
})

describe('the calls', () => {
  /** Answers each call the same way and keeps what it was asked. */
  const recording = (answer: () => Promise<unknown>) => {
    const asked: unknown[] = []
    const record: AwsCall = (target, body) => {
      asked.push([target, body])
      return answer()
    }
    return { asked, receipts: receiptsThrough(record) }
  }
  const handles = Array.from({ length: 23 }, (_, n) => `handle-${n}`)

  it('name at most ten messages each, and each of them once', async () => {
    const { asked, receipts } = recording(async () => ({}))

    await receipts.hideFor(handles, 1_000)

    const entries = asked.map((one) => JSON.stringify(one).match(/handle-\d+/g) ?? [])
    expect(entries.map(({ length }) => length)).toEqual([10, 10, 3])
    expect(entries.flat()).toEqual(handles)
  })

  it.each([
    [0, 0],
    [-5, 0],
    [1, 1],
    [30_000, 30],
    [30_001, 31],
    [1e9, 43_200],
  ])('hide for %i ms by %i whole seconds', async (ms, seconds) => {
    const { asked, receipts } = recording(async () => ({}))

    await receipts.hideFor(['handle-1'], ms)

    expect(asked).toEqual([
      [
        'AmazonSQS.ChangeMessageVisibilityBatch',
        {
          QueueUrl: queue.env.REPLIES_QUEUE_URL,
          Entries: [{ Id: '0', ReceiptHandle: 'handle-1', VisibilityTimeout: seconds }],
        },
      ],
    ])
  })

  it('are not made for no message', async () => {
    const { asked, receipts } = recording(async () => ({}))

    await receipts.hideFor([], 1_000)

    expect(asked).toEqual([])
  })

  it('log how many messages the queue does not know any more', async () => {
    await receiptsThrough(call).hideFor(handles.slice(0, 3), 1_000)

    expect(warnings).toEqual([
      ['messages-not-hidden', { messages: 3, seconds: 1, errors: ['ReceiptHandleIsInvalid'] }],
    ])
  })

  it.each([
    ['out of reach', new OutOfReach('queue', 'no answer'), 'OutOfReach'],
    ['refusing', new AwsError('AccessDenied', 403, 'may not touch handle-1'), 'AccessDenied'],
  ])('log no more than the kind of failure of a queue %s', async (_name, error, name) => {
    const { receipts } = recording(() => Promise.reject(error))

    await receipts.hideFor(['handle-1', 'handle-2'], 1_000)
    await receipts.remove('handle-1')

    expect(warnings).toEqual([
      ['messages-not-hidden', { messages: 2, seconds: 1, errors: [name] }],
      ['message-not-removed', { messages: 1, errors: [name] }],
    ])
  })
})
