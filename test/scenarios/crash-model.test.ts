import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attemptPauseMs } from '../../lib/core/reply/attempt.ts'
import type { Continuation } from '../../lib/core/reply/continuation.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { takeUpReply } from '../../lib/reply/resume.ts'
import type { WriterDeps, WriterSettings } from '../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { type Fault, faultAt } from '../../local/simulator/faults.ts'
import {
  conversation,
  deliveryWorld,
  settings as usual,
  writeTurn,
} from '../support/delivery-world.ts'
import { type MortalProcess, mortalProcess } from '../support/mortal.ts'
import { carries } from '../support/shown-text.ts'

const replyId = 'reply-1' as ReplyId

type World = ReturnType<typeof deliveryWorld>

const never = new AbortController().signal
const unhurried = { startBy: never, handOver: never, deadline: never }

/** Whoever takes over a short lease may hold it for longer, while the last writer's call may still be under way. */
const SETTLING_MS = 3_300
/** The sweeper leaves a reply alone for so long after the attempts that these lives are long enough for. */
const PAUSE_MS = attemptPauseMs(3)

const faults: readonly (Fault | undefined)[] = [
  undefined,
  { kind: 'dropBefore' },
  { kind: 'dropAfter' },
  { kind: 'hangBefore' },
  { kind: 'hangAfter' },
  { kind: 'late', afterMs: 1_500 },
  { kind: 'http', status: 502, applied: true },
  { kind: 'garbage', applied: false },
  { kind: 'code', code: 60007 },
  { kind: 'code', code: 10002 },
]

const unit = fc.constantFrom(
  'word ',
  'longer-word ',
  'a',
  '. ',
  '\n\n',
  '```js\n',
  '\n```\n',
  '中文',
  '👩‍🚀',
  '🇰🇷',
)
const piece = fc.string({ unit, minLength: 1, maxLength: 12 })

const scenario = fc.record({
  kind: fc.constantFrom('text', 'pieces', 'typed', 'pushed', 'handedOver'),
  pieces: fc.array(piece, { minLength: 1, maxLength: 7 }),
  repeat: fc.constantFrom(1, 1, 1, 12),
  /** The awaits at which the first writer, and those after it, die. */
  diesAt: fc.array(fc.nat(70), { minLength: 1, maxLength: 3 }),
  fault: fc.constantFrom(...faults),
  faultAt: fc.nat(6),
  latencyMs: fc.constantFrom(5, 80, 400),
  leaseMs: fc.constantFrom(2_000, 15_000),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

/** What the first writer does. */
const begin = async (
  deps: WriterDeps,
  settings: WriterSettings,
  { kind, pieces }: Scenario,
): Promise<unknown> => {
  if (kind === 'pushed') return pushAll(deps, settings, pieces)
  const handOver = new AbortController()
  if (kind === 'handedOver') void deps.clock.sleep(900).then(() => handOver.abort())
  return sendReply(
    deps,
    settings,
    {
      replyId,
      conversation,
      pieces,
      piecewise: kind === 'pieces' || kind === 'handedOver',
      ...(kind === 'typed' ? { charsPerSecond: 60 } : {}),
    },
    { startBy: never, handOver: handOver.signal, deadline: never },
  )
}

/** Pushes every chunk, out of order and some twice, as a producer would that does not wait for answers. */
const pushAll = (deps: WriterDeps, settings: WriterSettings, pieces: readonly string[]) => {
  const order = pieces.map((_, seq) => seq).sort((a, b) => ((a * 7) % 5) - ((b * 7) % 5))
  return Promise.all(
    [...order, ...order.slice(0, 2)].map(async (seq, i) => {
      await deps.clock.sleep(i * 60)
      const finish = seq === pieces.length - 1
      const chunk = { seq, text: pieces[seq] ?? '', finish, conversation }
      return pushChunk(deps, settings, replyId, chunk, unhurried)
    }),
  )
}

/** Runs work in a process until it is done or dead. */
const live = (
  world: World,
  { death, deps }: MortalProcess,
  work: (deps: WriterDeps) => Promise<unknown>,
) => world.run(Promise.race([work(deps), death]))

const playOut = async (play: Scenario) => {
  const { diesAt, leaseMs, latencyMs, fault, pieces: given, repeat } = play
  const pieces = given.map((text) => text.repeat(repeat))
  const world = deliveryWorld({
    latencyMs,
    ...(fault === undefined ? {} : { faults: faultAt('send_stream_msg', play.faultAt, fault) }),
  })
  const settings = { ...usual, leaseMs, messageBytes: 2_048 }
  const waiting: Continuation[] = []
  const queue = {
    continueLater: async (continuation: Continuation) => {
      waiting.push(continuation)
    },
  }
  const deps: WriterDeps = { ...world.deps, queue }

  const [first = 0, ...later] = diesAt
  await live(world, mortalProcess(deps, first), (mortal) =>
    begin(mortal, settings, { ...play, pieces }),
  )
  // A producer whose request was not answered asks again.
  if (play.kind === 'pushed') await world.run(pushAll(deps, settings, pieces))
  for (const dies of [...later, Number.POSITIVE_INFINITY]) {
    await world.run(world.clock.sleep(leaseMs + SETTLING_MS + PAUSE_MS))
    await live(world, mortalProcess(deps, dies), async (mortal) => {
      await sweepOrphans(mortal, settings, unhurried)
      for (const next of waiting.splice(0)) {
        await takeUpReply(mortal, settings, next.replyId, unhurried)
      }
    })
  }
  return { world, deps, text: pieces.join('') }
}

const texts = (world: World) => world.shown().map((message) => message.text)

test('a writer may die at any await: the text is there once, in order, and closed', async () => {
  let died = 0
  await fc.assert(
    fc.asyncProperty(scenario, async (play) => {
      const { world, deps, text } = await playOut(play)

      const record = await deps.store.read(replyId)
      // It died before anything was accepted: nothing may be shown.
      if (record !== undefined) {
        died += 1
        expect(carries(texts(world), text)).toBe(true)
        expect(record.status).toBe('finished')
      } else expect(texts(world)).toEqual([])
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
      expect(world.rules.violations).toEqual([])
    }),
    { numRuns: 5_000, seed: 20_261_123 },
  )
  expect(died).toBeGreaterThan(4_000)
}, 300_000)

const interrupted = fc.record({
  pieces: fc.array(piece, { minLength: 1, maxLength: 12 }),
  repeat: fc.constantFrom(1, 1, 12),
  diesAt: fc.array(fc.nat(60), { minLength: 1, maxLength: 2 }),
  cancelAtMs: fc.option(fc.nat(1_500), { nil: undefined }),
  fault: fc.constantFrom(...faults),
  faultAt: fc.nat(4),
  leaseMs: fc.constantFrom(2_000, 15_000),
})

const notice = /(\n```)?(\n\n)?\((Something went wrong|stopped)[^)]*\)$/

test('a text that died with its writer, or that somebody stopped, is closed behind what was shown', async () => {
  await fc.assert(
    fc.asyncProperty(interrupted, async ({ diesAt, cancelAtMs, leaseMs, ...play }) => {
      const { fault, repeat } = play
      const pieces = play.pieces.map((text) => text.repeat(repeat))
      const world = deliveryWorld({
        ...(fault === undefined ? {} : { faults: faultAt('send_stream_msg', play.faultAt, fault) }),
      })
      const settings = { ...usual, leaseMs, messageBytes: 2_048 }
      const [first = 0, ...later] = diesAt
      if (cancelAtMs !== undefined) {
        void world.clock.sleep(cancelAtMs).then(() => world.deps.store.requestCancel(replyId))
      }

      const writer = mortalProcess(world.deps, first)
      await live(world, writer, (mortal) => writeTurn(mortal, settings, pieces, { everyMs: 90 }))
      for (const dies of [...later, Number.POSITIVE_INFINITY]) {
        await world.run(world.clock.sleep(leaseMs + SETTLING_MS + PAUSE_MS))
        const sweeper = mortalProcess(world.deps, dies)
        await live(world, sweeper, (mortal) => sweepOrphans(mortal, settings, unhurried))
      }

      const record = await world.deps.store.read(replyId)
      expect(record?.status).not.toBe('open')
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
      expect(world.rules.violations).toEqual([])
      // Nothing stands there but the text as far as it came, fences around the ends of messages, and the notice.
      const shown = texts(world).join('').replace(notice, '')
      if (repeat === 1) expect(pieces.join('').startsWith(shown)).toBe(true)
      else expect(shown.length).toBeLessThan(pieces.join('').length + 40)
    }),
    { numRuns: 2_000, seed: 20_261_124 },
  )
}, 300_000)
