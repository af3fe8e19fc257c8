import { describe, expect, it } from 'vitest'
import { anyFault, type Fault, type FaultPlan, faultAt } from '../../../local/simulator/faults.ts'
import { chatRules } from '../../../local/simulator/rules.ts'
import { type Latency, simulatedService } from '../../../local/simulator/service.ts'
import { simulatedTransport } from '../../../local/simulator/transport.ts'
import { virtualClock } from '../../support/virtual-clock.ts'

const command = 'openim_robot_http_svc/send_stream_msg'
const ends = { From_Account: '@RBT#bot', To_Account: 'user01' }

const setUp = (latencyMs: Latency = 80, faults?: FaultPlan) => {
  const clock = virtualClock(0)
  const rules = chatRules()
  const service = simulatedService({ rules, clock, latencyMs, ...(faults && { faults }) })
  const transport = simulatedTransport(service)
  const start = (fields: object, signal?: AbortSignal) =>
    transport(command, { ...ends, ...fields }, signal)
  const send = (fields: object) => clock.run(start(fields))
  const text = (): string | undefined => rules.messages()[0]?.text
  return { clock, rules, service, start, send, text }
}

const failing = (fault: Fault) => setUp(80, faultAt('send_stream_msg', 0, fault))

describe('simulatedService', () => {
  it('applies a call half-way there and back', async () => {
    const { send, service } = setUp()

    await send({ Chunk: 'a', Finish: 1 })

    expect(service.calls).toEqual([
      {
        command: 'send_stream_msg',
        index: 0,
        from: '@RBT#bot',
        to: 'user01',
        text: 'a',
        finish: true,
        startedAtMs: 0,
        appliedAtMs: 40,
        endedAtMs: 80,
        applied: true,
        code: 0,
        msgKey: '1_2654435761_0',
      },
    ])
  })

  it('takes a latency for each call, and another while it runs', async () => {
    const { send, service, clock } = setUp(({ index }) => 100 * (index + 1))

    await send({ Chunk: 'a' })
    await send({ Chunk: 'b' })
    expect(clock.now()).toBe(300)

    service.setLatency(0)
    await send({ Chunk: 'c' })
    expect(clock.now()).toBe(300)
  })

  it('makes each fault felt at its time, having applied the call or not', async () => {
    const course = async (fault: Fault): Promise<string> => {
      const { send, service, clock, rules } = failing(fault)
      const answer = await send({ Chunk: 'a' })
      const noticedAtMs = clock.now()
      await clock.run(clock.sleep(1000))
      const appliedAt = service.calls[0]?.appliedAtMs ?? 'never'
      expect(rules.messages()).toHaveLength(appliedAt === 'never' ? 0 : 1)
      return `${fault.kind}: ${answer.kind} at ${noticedAtMs}, applied ${appliedAt}`
    }

    expect([
      await course({ kind: 'code', code: 10002 }),
      await course({ kind: 'dropBefore' }),
      await course({ kind: 'dropAfter' }),
      await course({ kind: 'hangBefore' }),
      await course({ kind: 'hangAfter' }),
      await course({ kind: 'http', status: 502, applied: false }),
      await course({ kind: 'http', status: 502, applied: true }),
      await course({ kind: 'garbage', applied: false }),
      await course({ kind: 'garbage', applied: true }),
      await course({ kind: 'late', afterMs: 300 }),
      await course({ kind: 'notSent' }),
    ]).toMatchInlineSnapshot(`
      [
        "code: json at 80, applied never",
        "dropBefore: lost at 80, applied never",
        "dropAfter: lost at 80, applied 40",
        "hangBefore: lost at 5000, applied never",
        "hangAfter: lost at 5000, applied 40",
        "http: lost at 80, applied never",
        "http: lost at 80, applied 40",
        "garbage: lost at 80, applied never",
        "garbage: lost at 80, applied 40",
        "late: lost at 0, applied 300",
        "notSent: notSent at 0, applied never",
      ]
    `)
  })

  it('counts the calls of each command from 0 for its faults', async () => {
    const lost: Fault = { kind: 'dropBefore' }
    const plan = anyFault(faultAt('get_all_robots', 0, lost), faultAt('send_stream_msg', 1, lost))
    const { send } = setUp(0, plan)

    const kinds = [(await send({ Chunk: 'a' })).kind, (await send({ Chunk: 'b' })).kind]

    expect(kinds).toEqual(['json', 'lost'])
  })

  it('applies a call whose caller gave up on the way', async () => {
    const { clock, start, text, service } = setUp()
    const caller = new AbortController()
    const call = start({ Chunk: 'a' }, caller.signal)

    await clock.run(clock.sleep(10))
    caller.abort()

    expect(await clock.run(call)).toMatchObject({ kind: 'lost' })
    expect(service.calls[0]?.endedAtMs).toBe(10)
    await clock.run(clock.sleep(100))
    expect(text()).toBe('a')
  })

  it('reports two calls at once for one message, and only those', async () => {
    const { clock, rules, start, send } = setUp()
    await send({ Chunk: 'a' })
    const MsgKey = rules.messages()[0]?.msgKey
    const call = { MsgKey, Chunk: 'b' }

    await send(call)
    await clock.run(Promise.all([start({ Chunk: 'x' }), start(call), start({ Chunk: 'y' })]))
    expect(rules.violations).toEqual([])

    await clock.run(Promise.all([start(call), clock.sleep(79).then(() => start(call))]))
    expect(rules.violations).toEqual([
      { kind: 'overlap', sentence: `Two calls at once for message ${MsgKey}.`, atMs: 319 },
    ])
  })

  it('leaves nothing asleep behind a call', async () => {
    const { send, clock } = setUp()

    await send({ Chunk: 'a' })

    expect(clock.pending()).toBe(0)
  })
})
