import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import type { WriterDeps } from '../../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../../lib/use-cases/push-chunk.ts'
import { sendReply } from '../../../lib/use-cases/send-reply.ts'
import { sweepOrphans } from '../../../lib/use-cases/sweep-orphans.ts'
import { type Fault, faultAt } from '../../../local/simulator/faults.ts'
import { conversation, deliveryWorld, settings } from '../../support/delivery-world.ts'
import { mortalProcess } from '../../support/mortal.ts'
import { carries } from '../../support/shown-text.ts'
import { unhurried } from '../../support/unhurried.ts'

const texts = {
  one: 'The answer, which begins like the other one and then goes its own way to the end.',
  two: 'The answer, which begins like the other one, though it says something else later.',
} as const
const foreign = ['Welcome to our shop!', 'The weather is fine.', 'The', 'x']

const faults: readonly Fault[] = [
  { kind: 'dropBefore' },
  { kind: 'dropAfter' },
  { kind: 'hangBefore' },
  { kind: 'hangAfter' },
  { kind: 'late', afterMs: 1_500 },
  { kind: 'late', afterMs: 6_000 },
  { kind: 'http', status: 502, applied: true },
]

const scenario = fc.record({
  kinds: fc.tuple(
    fc.constantFrom('typed', 'pieces', 'pushed'),
    fc.constantFrom('typed', 'pieces', 'pushed'),
  ),
  /** When the second reply begins. */
  apartMs: fc.constantFrom(0, 40, 900, 3_100, 3_250),
  aheadMs: fc.constantFrom(-60_000, -3_000, 0, 3_000, 60_000),
  fault: fc.constantFrom(...faults),
  faultAt: fc.nat(3),
  diesAt: fc.option(fc.nat(40), { nil: undefined }),
  /** When another program, as the same bot, says something. */
  saysAt: fc.array(fc.nat(9_000), { maxLength: 3 }),
})
type Kind = 'typed' | 'pieces' | 'pushed'

const write = async (deps: WriterDeps, kind: Kind, replyId: ReplyId, text: string) => {
  const pieces = text.match(/.{1,14}/gs) ?? []
  if (kind === 'pushed') {
    for (const [seq, piece] of pieces.entries()) {
      const chunk = { seq, text: piece, finish: seq === pieces.length - 1, conversation }
      await pushChunk(deps, settings, replyId, chunk, unhurried)
      await deps.clock.sleep(100)
    }
    return
  }
  const how = kind === 'pieces' ? { piecewise: true } : { piecewise: false, charsPerSecond: 50 }
  await sendReply(deps, settings, { replyId, conversation, pieces, ...how }, unhurried)
}

const isTooLate = (fault: Fault): boolean => fault.kind === 'late' && fault.afterMs > 3_000

type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

const playOut = async (play: Scenario) => {
  const world = deliveryWorld({
    aheadMs: play.aheadMs,
    // Later than the service allows, which none but a first call survives: that one makes a twin.
    faults: faultAt('send_stream_msg', isTooLate(play.fault) ? 0 : play.faultAt, play.fault),
  })
  const foreignKeys = new Set<string | undefined>()
  const others = play.saysAt.map(async (atMs, n) => {
    await world.clock.sleep(atMs)
    const answer = world.rules.handle(
      'openim_robot_http_svc/send_stream_msg',
      {
        From_Account: conversation.from,
        To_Account: conversation.to,
        Chunk: foreign[n % foreign.length],
      },
      world.clock.now() + play.aheadMs,
    )
    foreignKeys.add(answer.MsgKey)
  })
  const { death, deps } = mortalProcess(world.deps, play.diesAt ?? Number.POSITIVE_INFINITY)
  const one = Promise.race([write(deps, play.kinds[0], 'one' as ReplyId, texts.one), death])
  const two = world.clock
    .sleep(play.apartMs)
    .then(() => write(world.deps, play.kinds[1], 'two' as ReplyId, texts.two))
  await world.run(Promise.all([one, two, ...others]))
  // A producer whose request was not answered asks again.
  if (play.diesAt !== undefined) {
    await world.run(write(world.deps, play.kinds[0], 'one' as ReplyId, texts.one))
  }
  for (let sweep = 0; sweep < 2; sweep += 1) {
    await world.run(world.clock.sleep(80_000))
    await world.run(sweepOrphans(world.deps, settings, unhurried))
  }
  return { world, foreignKeys }
}

test('in a conversation of two replies that begin alike, with other programs in it and clocks apart, each reply is whole and closed, and nobody else is touched', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (play) => {
      const { world, foreignKeys } = await playOut(play)

      const shown = world.shown()
      for (const [replyId, text] of Object.entries(texts)) {
        const record = await world.deps.store.read(replyId as ReplyId)
        const own = shown.filter(({ msgKey }) =>
          record?.progress.msgKeys.some((known) => known === msgKey),
        )
        expect(
          carries(
            own.map((message) => message.text),
            text,
          ),
        ).toBe(true)
        expect(record?.status).toBe('finished')
      }
      for (const { msgKey, text, finished } of shown) {
        if (foreignKeys.has(msgKey))
          expect([foreign.includes(text), finished]).toEqual([true, false])
        else expect(finished).toBe(true)
      }
      expect(world.rules.violations).toEqual([])
    }),
    { numRuns: 1_000, seed: 20_261_125 },
  )
}, 120_000)
