import { expect, test } from 'vitest'
import { tencentCall } from '../../lib/adapters/tencent/tencent-call.ts'
import { tencentChatApi } from '../../lib/adapters/tencent/tencent-chat-api.ts'
import { OutOfReach } from '../../lib/core/out-of-reach.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { ReplyStore } from '../../lib/ports.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import { deliveryWorld, settings } from '../support/delivery-world.ts'

async function* words(...all: string[]) {
  yield* all
}

/** A service that first reads its key again, which takes so long for each try. */
const signingSlowly = (world: ReturnType<typeof deliveryWorld>, ms: readonly number[]) => {
  const transport = simulatedTransport(world.service)
  const startedMs: number[] = []
  let tries = 0
  const chatApi = tencentChatApi(
    async (command, body, signal, mayStart) => {
      await world.clock.sleep(ms[tries] ?? 0)
      tries += 1
      const answer = await transport(command, body, signal, mayStart)
      if (answer.kind !== 'notSent') startedMs.push(world.clock.now())
      return answer
    },
    { forgetSignature: () => {}, clock: world.clock },
  )
  return { chatApi, startedMs }
}

/** A store that takes the note of the first call at the start, and is then out of reach for writers until a time: no lease is renewed. */
const unwritableUntil = (world: ReturnType<typeof deliveryWorld>, untilMs: number): ReplyStore => {
  const { store } = world.deps
  const startMs = world.clock.now()
  return {
    ...store,
    record: async (...write) => {
      const nowMs = world.clock.now()
      if (nowMs > startMs && nowMs < untilMs) throw new OutOfReach('store', 'not now')
      return store.record(...write)
    },
  }
}

test('a call that was held up until its lease is nearly over does not leave; it is made under a new lease', async () => {
  const world = deliveryWorld()
  const { chatApi } = signingSlowly(world, [12_000])
  const startMs = world.clock.now()
  Object.assign(world.deps, { chatApi, store: unwritableUntil(world, startMs + 12_500) })

  const receipt = await world.run(world.deliver(words('Hello ', 'world')))

  // The lease of 15 s was to end 3 s later: a call takes as long.
  const [first] = world.sends()
  expect((first?.startedAtMs ?? 0) - startMs).toBeGreaterThanOrEqual(12_500)
  expect(receipt).toMatchObject({ status: 'finished', retries: 1, lostAnswers: 0 })
  expect(world.text()).toBe('Hello world')
})

test('a call that was held up until somebody else took over is never made', async () => {
  const world = deliveryWorld()
  const { chatApi } = signingSlowly(world, [20_000])
  const startMs = world.clock.now()
  Object.assign(world.deps, { chatApi, store: unwritableUntil(world, startMs + 18_000) })
  const { store } = world.deps
  void world.clock.sleep(16_000).then(() => {
    const nowMs = world.clock.now()
    return store.takeOver('reply-1' as ReplyId, { nowMs, leaseUntilMs: nowMs + settings.leaseMs })
  })

  const receipt = await world.run(world.deliver(words('Hello ', 'world')))

  expect(receipt.how).toBe('superseded')
  expect(world.sends()).toEqual([])
})

test('the second try after a refused signature asks again', async () => {
  const asked: string[] = []
  let may = true
  const call = tencentCall(
    async (_command, _body, _signal, mayStart) => {
      if (mayStart?.() === false) return { kind: 'notSent', detail: 'too late' }
      asked.push('sent')
      return { kind: 'json', body: { ActionStatus: 'FAIL', ErrorCode: 70_001, ErrorInfo: '' } }
    },
    () => {
      may = false
    },
  )

  const answer = await call('openim_robot_http_svc/send_stream_msg', {}, undefined, () => may)

  expect(asked).toEqual(['sent'])
  expect(answer).toEqual({ ok: false, error: { reason: 'notSent', detail: 'too late' } })
})
