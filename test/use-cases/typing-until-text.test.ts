import { describe, expect, it } from 'vitest'
import { tencentCall } from '../../lib/adapters/tencent/tencent-call.ts'
import { tencentTyping } from '../../lib/adapters/tencent/tencent-typing.ts'
import type { SourceRequest } from '../../lib/core/conversation/source-request.ts'
import type { ReplySource } from '../../lib/ports.ts'
import { runTurn } from '../../lib/use-cases/run-turn.ts'
import { typingUntilText } from '../../lib/use-cases/typing-until-text.ts'
import { type Fault, faultAt, noFaults } from '../../local/simulator/faults.ts'
import { simulatedTransport } from '../../local/simulator/transport.ts'
import { deliveryWorld, turnOf, turnSettings } from '../support/delivery-world.ts'
import { never } from '../support/unhurried.ts'

const endless = { startBy: never, handOver: never, deadline: never }

/** A bot whose source says its answer after so long; everything in virtual time. */
const typingWorld = (fault?: Fault) => {
  const faults = fault === undefined ? noFaults : faultAt('sendmsg', 0, fault)
  const world = deliveryWorld({ faults })
  const transport = simulatedTransport(world.service)
  const call = tencentCall(transport, () => {})
  const typing = tencentTyping(call, { clock: world.clock, random: () => 0.5 })
  const answer = async (afterMs: number, silentMs: number, deltas = ['Hello', ' you.']) => {
    const source: ReplySource = async function* ({ signal }: SourceRequest) {
      await world.clock.sleep(silentMs, signal)
      for (const delta of deltas) yield delta
    }
    const typed = typingUntilText(source, { typing, clock: world.clock, afterMs })
    const startMs = world.clock.now()
    const deps = { ...world.deps, source: typed }
    await world.run(runTurn(deps, turnSettings, turnOf(1), endless))
    const sends = world.service.calls.filter(({ command }) => command === 'send_stream_msg')
    return {
      typedAtMs: world.rules.typings.map(({ atMs }) => atMs - startMs),
      firstTextMs: (sends[0]?.startedAtMs ?? Number.NaN) - startMs,
    }
  }
  return { ...world, answer }
}

describe('a bot that thinks', () => {
  it('is shown to type from then on, every five seconds, and never after its first text', async () => {
    const world = typingWorld()

    const { typedAtMs, firstTextMs } = await world.answer(1_000, 12_500)

    expect(typedAtMs.map((ms) => Math.round(ms / 100))).toEqual([10, 61, 112])
    expect(Math.max(...typedAtMs)).toBeLessThan(firstTextMs)
    expect(world.shown()).toMatchObject([{ text: 'Hello you.', finished: true }])
    expect(world.rules.violations).toEqual([])
  })

  it('is not shown to type where its text comes sooner, or where nobody wants it', async () => {
    expect((await typingWorld().answer(1_000, 900)).typedAtMs).toEqual([])
    expect((await typingWorld().answer(0, 12_500)).typedAtMs).toEqual([])
  })

  it('does not count a delta without text as text', async () => {
    const { typedAtMs } = await typingWorld().answer(1_000, 900, ['', '', 'Hello'])

    expect(typedAtMs).toEqual([])
  })

  it.each<Fault>([
    { kind: 'code', code: 60007 },
    { kind: 'dropBefore' },
    { kind: 'hangAfter' },
    { kind: 'http', status: 502, applied: false },
    { kind: 'garbage', applied: false },
  ])('answers as ever where that fails, and at once: %j', async (fault) => {
    const world = typingWorld(fault)

    const { firstTextMs } = await world.answer(1_000, 1_100)

    expect(firstTextMs).toBeLessThan(1_200)
    expect(world.shown()).toMatchObject([{ text: 'Hello you.', finished: true }])
  })

  it('is not shown to type in a group', async () => {
    const world = deliveryWorld()
    const shown: unknown[] = []
    const typing = { show: async (to: unknown) => void shown.push(to) }
    const source: ReplySource = async function* () {
      await world.clock.sleep(9_000)
      yield 'Hello.'
    }
    const typed = typingUntilText(source, { typing, clock: world.clock, afterMs: 1_000 })
    const turn = { ...turnOf(1), conversation: { from: '@RBT#bot', to: '@TGS#1', group: {} } }
    const request = { turn, history: [], signal: never, reportUsage: () => {} }
    const read = async () => {
      for await (const delta of typed(request)) expect(delta).toBe('Hello.')
    }

    await world.run(read())

    expect(shown).toEqual([])
  })

  it('is what its source is, beside that', () => {
    const source = Object.assign(async function* () {}, { takes: ['image'] as const })
    const { clock } = deliveryWorld()

    const typed = typingUntilText(source, { typing: { show: async () => {} }, clock, afterMs: 1 })

    expect(typed.takes).toEqual(['image'])
  })
})
