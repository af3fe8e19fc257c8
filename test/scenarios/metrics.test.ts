import { describe, expect, it } from 'vitest'
import { emfMetrics } from '../../lib/adapters/runtime/emf-metrics.ts'
import type { MetricValues } from '../../lib/core/metric-names.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { Metrics } from '../../lib/ports.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { faultAt } from '../../local/simulator/faults.ts'
import { captureOutput } from '../support/captured-output.ts'
import { conversation, deliveryWorld, readTrace, settings } from '../support/delivery-world.ts'

type About = Parameters<Metrics['record']>[1]

const metricsWorld = (given: Parameters<typeof deliveryWorld>[0] = {}) => {
  const recorded: { readonly values: MetricValues; readonly about: About }[] = []
  const metrics: Metrics = {
    record: (values, about) => {
      recorded.push({ values, about })
    },
  }
  const world = deliveryWorld({ ...given, metrics })
  const deliver = (trace: string) => world.run(world.deliver(world.play(readTrace(trace))))
  /** All that was recorded under a name. */
  const all = (name: keyof MetricValues) =>
    recorded.flatMap(({ values, about }) =>
      values[name] === undefined ? [] : [{ value: values[name], ...about }],
    )
  return { ...world, deliver, all }
}

describe('the figures of a reply', () => {
  it('say how it went', async () => {
    const world = metricsWorld()

    const { progress } = await world.deliver('english-60')

    const about = { properties: { replyId: 'reply-1', status: 'finished' } }
    expect(world.all('Calls')).toEqual([{ value: progress.calls, ...about }])
    expect(world.all('Rollovers')).toEqual([{ value: 0, ...about }])
    expect(world.all('InDoubt')).toEqual([{ value: 0, ...about }])
    // Two clusters are there at once, and a call takes 80 ms.
    expect(world.all('FirstTextMs')[0]?.value).toBeLessThan(110)
    // Nothing waits for longer than a gap and a call.
    expect(world.all('LagMs')[0]?.value).toBeGreaterThan(80)
    expect(world.all('LagMs')[0]?.value).toBeLessThanOrEqual(settings.minGapMs + 80 + 10)
    expect(world.all('ReplyDurationMs')[0]?.value).toBeGreaterThan(6_000)
    expect(world.all('RepliesFailed')).toEqual([])
  })

  it('count the messages beside the first', async () => {
    const world = metricsWorld()

    await world.deliver('long-15k')

    expect(world.all('Rollovers')[0]?.value).toBe(1)
  })

  it('count a lost answer, and a doubt that nobody could clear up', async () => {
    const lost = metricsWorld({ faults: faultAt('send_stream_msg', 3, { kind: 'dropAfter' }) })
    await lost.deliver('clumped-80')
    expect(lost.all('LostAnswers')[0]?.value).toBe(1)
    expect(lost.all('InDoubt')[0]?.value).toBe(0)

    const blind = metricsWorld({
      faults: faultAt('send_stream_msg', 3, { kind: 'dropAfter' }),
      rules: { readBack: 'refused' },
    })
    await blind.deliver('clumped-80')
    expect(blind.all('InDoubt')[0]?.value).toBe(1)
  })

  it('name the code with which the service refused it', async () => {
    const world = metricsWorld({
      faults: faultAt('send_stream_msg', 2, { kind: 'code', code: 80_001 }),
    })

    await world.deliver('clumped-80')

    expect(world.all('Refused')).toEqual([
      { value: 1, dimensions: { code: '80001' }, properties: { replyId: 'reply-1' } },
    ])
    expect(world.all('RepliesFailed')).toMatchObject([
      { value: 1, dimensions: { reason: 'refused' } },
    ])
  })

  it('show a lag that grows where the service is slow', async () => {
    const world = metricsWorld({ latencyMs: 1_500 })

    await world.deliver('english-60')

    expect(world.all('LagMs')[0]?.value).toBeGreaterThan(1_500)
  })
})

describe('the figures of a sweep', () => {
  it('count the orphans that it found', async () => {
    const world = metricsWorld()
    const nowMs = world.clock.now()
    const orphan = { replyId: 'orphan' as ReplyId, kind: 'turn', conversation } as const
    await world.deps.store.begin(
      { ...orphan, createdAtMs: nowMs, progress: unsentProgress(nowMs), piecewise: false },
      nowMs - 1,
    )

    const never = new AbortController().signal
    const signals = { handOver: never, startBy: never, deadline: never }
    await world.run(sweepOrphans(world.deps, settings, signals))

    expect(world.all('Orphans')).toEqual([{ value: 1 }])
  })
})

describe('metrics in the log', () => {
  it("are lines of CloudWatch's embedded metric format", () => {
    const output = captureOutput()

    emfMetrics('tencent-chat-stream').record(
      { Refused: 1 },
      { dimensions: { code: '80001' }, properties: { replyId: 'reply-1' } },
    )
    emfMetrics('tencent-chat-stream').record({ LagMs: 210, Calls: 34 })
    const lines = output.lines().map((line) => JSON.parse(line))
    output.release()

    expect(lines).toMatchObject([
      {
        _aws: {
          CloudWatchMetrics: [
            {
              Namespace: 'TencentChatStream',
              Dimensions: [['service', 'code']],
              Metrics: [{ Name: 'Refused', Unit: 'Count' }],
            },
          ],
        },
        service: 'tencent-chat-stream',
        code: '80001',
        Refused: 1,
        replyId: 'reply-1',
      },
      { LagMs: 210, Calls: 34 },
    ])
    expect(lines[1]._aws.CloudWatchMetrics[0].Metrics).toEqual([
      { Name: 'LagMs', Unit: 'Milliseconds' },
      { Name: 'Calls', Unit: 'Count' },
    ])
  })
})
