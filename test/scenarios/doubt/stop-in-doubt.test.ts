import { expect, test } from 'vitest'
import type { Continuation } from '../../../lib/core/reply/continuation.ts'
import type { MsgKey, ReplyId } from '../../../lib/core/reply/reply.ts'
import type { Metrics, TurnQueue } from '../../../lib/ports.ts'
import { takeUpReply } from '../../../lib/reply/resume.ts'
import { acceptCallback } from '../../../lib/use-cases/accept-callback.ts'
import { pushChunk } from '../../../lib/use-cases/push-chunk.ts'
import { sendReply } from '../../../lib/use-cases/send-reply.ts'
import { faultAt } from '../../../local/simulator/faults.ts'
import { conversation, deliveryWorld, settings } from '../../support/delivery-world.ts'
import { never, unhurried } from '../../support/unhurried.ts'
import { unlimitedUsers } from '../../support/unlimited-users.ts'

const replyId = 'reply-1' as ReplyId
const firstCallHangs = faultAt('send_stream_msg', 0, { kind: 'hangAfter' })
const text = 'The answer is long enough for many calls. '.repeat(20)

const turnQueue: TurnQueue = { answerLater: async () => {} }
const metrics: Metrics = { record: () => {} }

test('a stop of a message that its writer does not know yet stops the reply once it does', async () => {
  const world = deliveryWorld({ faults: firstCallHangs })
  const reply = { replyId, conversation, pieces: [text], piecewise: false, charsPerSecond: 30 }
  const sending = sendReply(world.deps, settings, reply, unhurried)
  await world.run(world.clock.sleep(1_000))
  const msgKey = world.shown()[0]?.msgKey as MsgKey

  const pressed = acceptCallback(
    { ...world.deps, ...unlimitedUsers(), turnQueue, metrics },
    { kind: 'interrupt', msgKey, conversation },
  )
  await world.run(pressed)
  await world.run(sending)

  const [shown, ...more] = world.shown()
  expect(more).toEqual([])
  expect(shown?.finished).toBe(true)
  expect(shown?.text.length).toBeLessThan(20)
  expect(await world.deps.store.read(replyId)).toMatchObject({ status: 'interrupted' })
})

test('a stop that belongs to another conversation stops nothing', async () => {
  const world = deliveryWorld({ faults: firstCallHangs })
  const reply = { replyId, conversation, pieces: [text], piecewise: false, charsPerSecond: 300 }
  const sending = sendReply(world.deps, settings, reply, unhurried)
  await world.run(world.clock.sleep(1_000))
  const msgKey = world.shown()[0]?.msgKey as MsgKey

  const other = { ...conversation, to: 'user02' }
  const pressed = acceptCallback(
    { ...world.deps, ...unlimitedUsers(), turnQueue, metrics },
    { kind: 'interrupt', msgKey, conversation: other },
  )
  await world.run(pressed)
  await world.run(sending)

  expect(world.text()).toBe(text)
})

test('a stop while the first call hangs, and then the end of the invocation: the next one knows the message', async () => {
  const world = deliveryWorld({ faults: firstCallHangs })
  const waiting: Continuation[] = []
  const queue = {
    continueLater: async (continuation: Continuation) => {
      waiting.push(continuation)
    },
  }
  const deps = { ...world.deps, queue }
  const handOver = new AbortController()
  const signals = { startBy: never, handOver: handOver.signal, deadline: never }
  const chunk = { seq: 0, text: 'The answer is on its way. ', finish: false, conversation }

  const pushing = pushChunk(deps, settings, replyId, chunk, signals)
  await world.run(world.clock.sleep(1_000))
  await world.run(deps.store.requestCancel(replyId))
  // Before the writer sees the stop, which ends its waiting for the call.
  await world.run(world.clock.sleep(300))
  handOver.abort()
  await world.run(pushing)
  expect(waiting).toHaveLength(1)
  await world.run(takeUpReply(deps, settings, replyId, unhurried))

  const shown = world.shown()
  expect(shown.map((message) => message.finished)).toEqual([true])
  expect('The answer is on its way. '.startsWith(shown[0]?.text ?? 'nothing')).toBe(true)
  expect(await deps.store.read(replyId)).toMatchObject({ status: 'interrupted' })
})

test('what a stop has made short is still known when the closing call is in doubt at the end of the invocation', async () => {
  const world = deliveryWorld({ faults: faultAt('send_stream_msg', 1, { kind: 'hangAfter' }) })
  const queue = { continueLater: async () => {} }
  const deps = { ...world.deps, queue }
  const handOver = new AbortController()
  const signals = { startBy: never, handOver: handOver.signal, deadline: never }
  const said = 'The answer is on its way.'
  const push = (seq: number, part: string) =>
    pushChunk(deps, settings, replyId, { seq, text: part, finish: false, conversation }, signals)

  const first = push(0, said)
  await world.run(first)
  await world.run(deps.store.requestCancel(replyId))
  const second = push(1, ' More of it comes, and more.')
  await world.run(world.clock.sleep(5_050))
  handOver.abort()
  await world.run(second)
  await world.run(takeUpReply(deps, settings, replyId, unhurried))

  expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  expect(`${said} More of it comes, and more.`.startsWith(world.text())).toBe(true)
  expect(await deps.store.read(replyId)).toMatchObject({ status: 'interrupted' })
})
