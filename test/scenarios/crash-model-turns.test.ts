import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Continuation } from '../../lib/core/reply/continuation.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import type { TurnDeps, TurnSettings } from '../../lib/use-cases/answer-turn.ts'
import { continueTurn, runTurn } from '../../lib/use-cases/run-turn.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { faultAt } from '../../local/simulator/faults.ts'
import { faults as allFaults, PAUSE_MS, piece, SETTLING_MS } from '../support/crash-play.ts'
import { deliveryWorld, turn, turnSettings as usual } from '../support/delivery-world.ts'
import { type MortalProcess, mortalProcess } from '../support/mortal.ts'
import { newUpstream, resumableSource, type SourceKind } from '../support/resumable-sources.ts'
import { carries } from '../support/shown-text.ts'
import { never, unhurried } from '../support/unhurried.ts'

/** `RUNS=5000` in the environment runs the whole; by default there are as many as a test suite has time for. */
const RUNS = Number(process.env['RUNS'] ?? 1_500)

type World = ReturnType<typeof deliveryWorld>

/** Codes of the service are tried where replies of every kind are. */
const faults = allFaults.filter((fault) => fault?.kind !== 'code')

const scenario = fc.record({
  kind: fc.constantFrom<SourceKind>('fine', 'coarse', 'words'),
  pieces: fc.array(piece, {
    minLength: 1,
    maxLength: 14,
  }),
  repeat: fc.constantFrom(1, 1, 1, 12),
  everyMs: fc.constantFrom(20, 90, 300),
  /** The awaits at which the workers, one after another, die; or how long they have. */
  lives: fc.array(
    fc.oneof(
      fc.record({ diesAt: fc.nat(120) }),
      fc.record({ handsOverAfterMs: fc.integer({ min: 300, max: 4_000 }) }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  /** Whose messages come again; the others are left to the sweeper. */
  comesAgain: fc.boolean(),
  breaksAfter: fc.array(fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }), {
    maxLength: 4,
  }),
  fault: fc.constantFrom(...faults),
  faultAt: fc.nat(6),
  latencyMs: fc.constantFrom(5, 80, 400),
  leaseMs: fc.constantFrom(2_000, 15_000),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

/** Runs work in a process until it is done or dead; what it had not closed, its death closes. */
const live = async (
  world: World,
  { death, deps }: MortalProcess,
  work: (deps: WriterDeps) => Promise<unknown>,
) => world.run(Promise.race([work(deps).catch(() => death), death]))

const handingOverAfter = (world: World, ms: number | undefined) => {
  if (ms === undefined) return unhurried
  const handOver = new AbortController()
  void world.clock.sleep(ms).then(() => handOver.abort())
  return { startBy: never, handOver: handOver.signal, deadline: never }
}

const playOut = async (play: Scenario) => {
  const { kind, leaseMs, latencyMs, everyMs, fault } = play
  const pieces = play.pieces.map((text) => text.repeat(play.repeat))
  const world = deliveryWorld({
    latencyMs,
    ...(fault === undefined ? {} : { faults: faultAt('send_stream_msg', play.faultAt, fault) }),
  })
  const settings: TurnSettings = { ...usual, leaseMs, messageBytes: 2_048, answerLimitMs: 10 ** 9 }
  const upstream = newUpstream()
  const source = resumableSource(
    kind,
    world.clock,
    { pieces, everyMs, breaksAfter: (nth) => play.breaksAfter[nth] },
    upstream,
  )
  const waiting: Continuation[] = []
  const queue = {
    continueLater: async (continuation: Continuation) => {
      waiting.push(continuation)
    },
  }
  const deps: TurnDeps = { ...world.deps, queue, source }

  const lives = [
    ...play.lives,
    { diesAt: Number.POSITIVE_INFINITY },
    { diesAt: Number.POSITIVE_INFINITY },
  ]
  for (const [nth, life] of lives.entries()) {
    const dies = 'diesAt' in life ? life.diesAt : Number.POSITIVE_INFINITY
    const lasts = 'diesAt' in life ? undefined : life.handsOverAfterMs
    await live(world, mortalProcess(deps, dies), async (mortal) => {
      const own = { ...mortal, source }
      if (nth === 0 || play.comesAgain) {
        await runTurn(own, settings, turn, handingOverAfter(world, lasts))
      } else await sweepOrphans(mortal, settings, unhurried)
      for (const next of waiting.splice(0)) {
        await continueTurn(
          own,
          settings,
          { replyId: next.replyId, botOf: () => ({ deps: own, settings }) },
          handingOverAfter(world, lasts),
        )
      }
    })
    // Sockets do not outlive their process.
    upstream.open = 0
    await world.run(world.clock.sleep(leaseMs + SETTLING_MS + PAUSE_MS))
  }
  return { world, deps, upstream, text: pieces.join('') }
}

test('a worker may die, hand over or lose its source at any await: the answer is complete, once, in order, and closed', async () => {
  let resumed = 0
  await fc.assert(
    fc.asyncProperty(scenario, async (play) => {
      const { world, deps, upstream, text } = await playOut(play)

      const record = await deps.store.read(turn.replyId)
      if (record === undefined && !play.comesAgain) return
      if (upstream.asked.some((one) => one !== 'anew')) resumed += 1
      const shown = world.shown()
      const texts = shown.map((message) => message.text)
      expect({ texts, carried: carries(texts, text) }).toEqual({ texts, carried: true })
      expect(record?.status).toBe('finished')
      expect(shown.every(({ finished }) => finished)).toBe(true)
      expect(world.rules.violations).toEqual([])
      expect(upstream.mostOpen).toBeLessThanOrEqual(1)
    }),
    { numRuns: RUNS, seed: 20_261_124 },
  )
  expect(resumed).toBeGreaterThan(RUNS / 4)
}, 600_000)
