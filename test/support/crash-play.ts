import fc from 'fast-check'
import { attemptPauseMs } from '../../lib/core/reply/attempt.ts'
import type { Continuation } from '../../lib/core/reply/continuation.ts'
import type { Conversation, ReplyId } from '../../lib/core/reply/reply.ts'
import { takeUpReply } from '../../lib/reply/resume.ts'
import type { WriterDeps, WriterSettings } from '../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import type { Fault } from '../../local/simulator/faults.ts'
import type { ChatSettings } from '../../local/simulator/settings.ts'
import { deliveryWorld, settings as usual } from './delivery-world.ts'
import { type MortalProcess, mortalProcess } from './mortal.ts'
import { never, unhurried } from './unhurried.ts'
import { faultOf, streamMsgWay, type TriedWay, withMessages } from './ways.ts'

export const replyId = 'reply-1' as ReplyId

export type World = ReturnType<typeof deliveryWorld>

/** Whoever takes over a short lease may hold it for longer, while the last writer's call may still be under way. */
export const SETTLING_MS = 3_300
/** The sweeper leaves a reply alone for so long after the attempts that these lives are long enough for. */
export const PAUSE_MS = attemptPauseMs(3)

export const faults: readonly (Fault | undefined)[] = [
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
export const piece = fc.string({ unit, minLength: 1, maxLength: 12 })

export const scenario = fc.record({
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
  conversation: Conversation,
): Promise<unknown> => {
  if (kind === 'pushed') return pushAll(deps, settings, pieces, conversation)
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
const pushAll = (
  deps: WriterDeps,
  settings: WriterSettings,
  pieces: readonly string[],
  conversation: Conversation,
) => {
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
export const live = (
  world: World,
  { death, deps }: MortalProcess,
  work: (deps: WriterDeps) => Promise<unknown>,
) => world.run(Promise.race([work(deps), death]))

/** Lets writers die and others go on, until one lives to the end. */
export const playOut = async (
  play: Scenario,
  tried: TriedWay = streamMsgWay,
  rules: Partial<ChatSettings> = {},
) => {
  const { diesAt, leaseMs, latencyMs, fault, pieces: given, repeat } = play
  const pieces = given.map((text) => text.repeat(repeat))
  const world = deliveryWorld({
    latencyMs,
    to: tried.to,
    rules,
    ...(fault === undefined ? {} : { faults: faultOf(tried, play.faultAt, fault) }),
  })
  const settings = { ...usual, leaseMs, messageBytes: 2_048, ways: withMessages(tried, 2_048) }
  const waiting: Continuation[] = []
  const queue = {
    continueLater: async (continuation: Continuation) => {
      waiting.push(continuation)
    },
  }
  const deps: WriterDeps = { ...world.deps, queue }

  const [first = 0, ...later] = diesAt
  await live(world, mortalProcess(deps, first), (mortal) =>
    begin(mortal, settings, { ...play, pieces }, tried.to),
  )
  // A producer whose request was not answered asks again.
  if (play.kind === 'pushed') await world.run(pushAll(deps, settings, pieces, tried.to))
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
