import { describe, expect, it } from 'vitest'
import type { MetricName } from '../../lib/core/metric-names.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { faultAt } from '../../local/simulator/faults.ts'
import { callbackRequest, callbackToken, messageBody } from '../support/callbacks.ts'
import { httpApiEvent } from '../support/gateway-events.ts'
import { freshWebhook, lambdaContext } from '../support/local-cloud.ts'
import { bot, user } from '../support/replies-world.ts'
import { type ServiceWorldOptions, serviceWorlds } from '../support/service-world.ts'

const startWorld = serviceWorlds()
type World = Awaited<ReturnType<typeof startWorld>>

type LockState = { readonly [name: string]: unknown }

/** The lines that publish a metric, as CloudWatch finds them in the log of the functions. */
const published = ({ log }: World, name: MetricName): readonly LockState[] =>
  log()
    .flatMap((line): LockState[] => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
    .filter((line) => '_aws' in line && name in line)

const sendReply = async (options: ServiceWorldOptions): Promise<World> => {
  const world = await startWorld(options)
  const replies = await world.replies()
  await replies.post({ from: bot, to: user, chunks: ['one, ', 'two, ', 'three, ', 'four.'] })
  return world
}

const callWebhook = async (changes: Parameters<typeof callbackRequest>[0]): Promise<World> => {
  const world = await startWorld({ env: { CHAT_CALLBACK_TOKEN: callbackToken } })
  const handler = await freshWebhook(world.env)
  await handler(httpApiEvent(callbackRequest(changes)), lambdaContext())
  return world
}

describe('what an alarm waits for is published when it happens:', () => {
  it('calls, of which the budget is made', async () => {
    const world = await sendReply({})

    expect(published(world, 'Calls')).toMatchObject([{ service: 'tencent-chat-stream', Calls: 4 }])
  })

  it('a reply that the service refuses, with its code, and that it failed', async () => {
    const world = await sendReply({
      faults: faultAt('send_stream_msg', 2, { kind: 'code', code: 80_001 }),
    })

    expect(published(world, 'Refused')).toMatchObject([{ Refused: 1, code: '80001' }])
    expect(published(world, 'RepliesFailed')).toMatchObject([
      { RepliesFailed: 1, reason: 'refused' },
    ])
  })

  it('a chunk in doubt', async () => {
    const world = await sendReply({
      rules: { readBack: 'refused' },
      env: { IN_DOUBT: 'skip' },
      faults: faultAt('send_stream_msg', 1, { kind: 'dropAfter' }),
    })

    expect(published(world, 'InDoubt')).toMatchObject([{ InDoubt: 1 }])
  })

  it('an orphan', async () => {
    const world = await startWorld()
    const nowMs = Date.now() - 100_000
    await world.store.begin(
      {
        replyId: 'orphan' as ReplyId,
        kind: 'turn',
        conversation: { from: bot, to: user },
        createdAtMs: nowMs,
        progress: unsentProgress(nowMs),
        piecewise: false,
      },
      nowMs,
    )

    const sweep = await world.sweeper()
    await sweep()

    expect(published(world, 'Orphans')).toMatchObject([{ Orphans: 1 }])
  })

  it('a message that nobody can work on, in the dead-letter queue', async () => {
    const world = await startWorld()
    await world.queue.send('{"kind":"strange"}', 'a-group')

    await world.drain()

    expect(await world.queue.failed()).toBe(1)
  })

  it('a callback whose signature is wrong', async () => {
    const world = await callWebhook({ token: 'another token' })

    expect(published(world, 'CallbacksRefused')).toMatchObject([
      { CallbacksRefused: 1, reason: 'sign' },
    ])
  })

  it('a callback that is answered late', async () => {
    const world = await callWebhook({ body: messageBody({ EventTime: Date.now() - 1_600 }) })

    const [line] = published(world, 'CallbackMs')
    expect(line?.['CallbackMs']).toBeGreaterThanOrEqual(1_600)
    expect(line?.['CallbackMs']).toBeLessThan(10_000)
  })
})
