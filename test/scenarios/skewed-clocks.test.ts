import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { conversation, deliveryWorld, settings, writeTurn } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { carries } from '../support/shown-text.ts'
import { type Skew, skewedSandbox } from '../support/skewed-sandbox.ts'
import { unhurried } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId

const SKEWS_MS = [-60_000, -3_000, 0, 3_000, 60_000]
const SWEEP_EVERY_MS = 5_000
/** What a lease may take longer to run out than it is long: what two processes that were just asked leave open. */
const OPEN_MS = 2 * 1_060
/** Reading back, a call that may still be under way, and the calls that close a message. */
const CLOSING_MS = 6_000

/** So long after its writer died a reply is taken up and written to its end … */
const TAKEN_UP_MS = settings.leaseMs + OPEN_MS + SWEEP_EVERY_MS + CLOSING_MS
/** … and one that misses a chunk is closed so long after that. */
const GIVEN_UP_MS = 60_000 + OPEN_MS + SWEEP_EVERY_MS + CLOSING_MS

const words = Array.from({ length: 60 }, (_, n) => `word ${n}, `)

type World = ReturnType<typeof deliveryWorld>

const shownTo = (world: World) => world.shown().map(({ text }) => text)

/** Sweeps again and again until told to stop. */
const sweeping = (world: World, deps: WriterDeps, stopped: AbortSignal) => {
  const loop = async () => {
    while (!stopped.aborted) {
      await sweepOrphans(deps, settings, unhurried)
      await world.clock.sleep(SWEEP_EVERY_MS, stopped)
    }
  }
  return loop()
}

/** A text that comes a word each third of a second, of the true time, and that nobody else has. */
const writeWords = (world: World, deps: WriterDeps, pieces = words) =>
  writeTurn(deps, settings, pieces, { everyMs: 333, clock: world.clock })

interface Live {
  readonly writer?: number
  readonly sweeper?: number
  /** Clocks that are set after 7 s, by so much. */
  readonly writerIsSetBy?: number
  readonly sweeperIsSetBy?: number
}

/** One turn of 20 s while a sweeper looks every 5 s. */
const liveTurn = async ({
  writer = 0,
  sweeper = 0,
  writerIsSetBy = 0,
  sweeperIsSetBy = 0,
}: Live) => {
  const world = deliveryWorld()
  const skews: Record<'writer' | 'sweeper', Skew> = {
    writer: { aheadMs: writer },
    sweeper: { aheadMs: sweeper },
  }
  const stopped = new AbortController()
  const sweeps = sweeping(world, skewedSandbox(world, skews.sweeper), stopped.signal)
  void world.clock.sleep(7_000).then(() => {
    skews.writer.aheadMs += writerIsSetBy
    skews.sweeper.aheadMs += sweeperIsSetBy
  })
  const receipt = await world.run(writeWords(world, skewedSandbox(world, skews.writer)))
  stopped.abort()
  await world.run(sweeps)
  const record = await world.run(world.deps.store.read(replyId))
  return { how: receipt.how, status: record?.status, epoch: record?.epoch, texts: shownTo(world) }
}

const whole = { how: 'ended', status: 'finished', epoch: 1, texts: [words.join('')] }

describe('a turn that is being written is left alone', () => {
  test.each(SKEWS_MS)('by a sweeper that is %i ms ahead', async (sweeper) => {
    expect(await liveTurn({ sweeper })).toEqual(whole)
  })

  test.each(SKEWS_MS)('where its writer is %i ms ahead', async (writer) => {
    expect(await liveTurn({ writer })).toEqual(whole)
  })

  test.each([-60_000, -3_000, 3_000, 60_000])(
    'where the clock of its writer, or of the sweeper, is set by %i ms meanwhile',
    async (byMs) => {
      expect(await liveTurn({ writerIsSetBy: byMs })).toEqual(whole)
      expect(await liveTurn({ sweeperIsSetBy: byMs })).toEqual(whole)
      expect(await liveTurn({ writer: -byMs, writerIsSetBy: byMs })).toEqual(whole)
    },
  )
})

const push = (deps: WriterDeps, seq: number, text: string, finish = false) =>
  pushChunk(deps, settings, replyId, { seq, text, finish, conversation }, unhurried)

/** Two processes take the chunks in turns; the second one's clock is wrong. */
const pushInTurns = async (aheadMs: number) => {
  const world = deliveryWorld()
  const pushers = [skewedSandbox(world, { aheadMs: 0 }), skewedSandbox(world, { aheadMs })] as const
  const stopped = new AbortController()
  const sweeper = skewedSandbox(world, { aheadMs: 0 })
  const sweeps = sweeping(world, sweeper, stopped.signal)
  const startMs = world.clock.now()
  const all = words.map(async (text, seq) => {
    await world.clock.sleep(seq * 333)
    await push(seq % 2 === 0 ? pushers[0] : pushers[1], seq, text, seq === words.length - 1)
  })
  await world.run(Promise.all(all))
  const tookMs = world.clock.now() - startMs
  stopped.abort()
  await world.run(sweeps)
  return { world, tookMs }
}

test.each(SKEWS_MS)(
  'chunks are shown in time where one of two pushers is %i ms ahead',
  async (aheadMs) => {
    const { world, tookMs } = await pushInTurns(aheadMs)

    expect(shownTo(world)).toEqual([words.join('')])
    expect(world.shown().every(({ finished }) => finished)).toBe(true)
    expect(world.rules.violations).toEqual([])
    // The last chunk comes after 19.6 s; it may meet a call under way, and a gap.
    expect(tookMs).toBeLessThan(59 * 333 + 500)
  },
)

test.each(SKEWS_MS)(
  'a pushed reply waits its minute for a chunk where the sweeper is %i ms ahead',
  async (aheadMs) => {
    const world = deliveryWorld()
    const stopped = new AbortController()
    const pusher = skewedSandbox(world, { aheadMs: 0 })
    const sweeps = sweeping(world, skewedSandbox(world, { aheadMs }), stopped.signal)
    const statusAfter = async (ms: number) => {
      await world.clock.sleep(ms)
      return (await world.deps.store.read(replyId))?.status
    }

    await world.run(push(pusher, 0, 'Hello '))
    const before = await world.run(statusAfter(57_000))
    const after = await world.run(statusAfter(3_000 + SWEEP_EVERY_MS + CLOSING_MS))
    stopped.abort()
    await world.run(sweeps)

    expect([before, after]).toEqual(['open', 'failed'])
  },
)

const death = fc.record({
  kind: fc.constantFrom('text', 'pieces', 'pushed', 'turn'),
  skewed: fc.constantFrom('writer', 'sweeper'),
  aheadMs: fc.constantFrom(...SKEWS_MS, -15_000, 15_000, -900, 900),
  diesAt: fc.nat(60),
  startsAtMs: fc.nat(999),
})

const write = (world: World, deps: WriterDeps, kind: string): Promise<unknown> => {
  const pieces = words.slice(0, 12)
  if (kind === 'turn') return writeWords(world, deps, pieces)
  if (kind === 'pushed') {
    return Promise.all(
      pieces.map(async (text, seq) => {
        await world.clock.sleep(seq * 100)
        return push(deps, seq, text, seq === pieces.length - 1)
      }),
    )
  }
  const reply = { replyId, conversation, pieces, piecewise: kind === 'pieces' }
  return sendReply(deps, settings, reply, unhurried)
}

test('whoever dies and whoever is wrong: the text is there once, in order, and closed, and no later for it', async () => {
  let open = 0
  await fc.assert(
    fc.asyncProperty(death, async ({ kind, skewed, aheadMs, diesAt, startsAtMs }) => {
      const world = deliveryWorld()
      await world.run(world.clock.sleep(startsAtMs))
      const ahead = (who: string) => ({ aheadMs: who === skewed ? aheadMs : 0 })
      const stopped = new AbortController()
      const sweeps = sweeping(world, skewedSandbox(world, ahead('sweeper')), stopped.signal)

      const writer = mortalProcess(skewedSandbox(world, ahead('writer')), diesAt)
      await world.run(Promise.race([write(world, writer.deps, kind), writer.death]))
      const left = await world.run(world.deps.store.read(replyId))
      await world.run(world.clock.sleep(TAKEN_UP_MS + (kind === 'pushed' ? GIVEN_UP_MS : 0)))
      stopped.abort()
      await world.run(sweeps)

      const record = await world.run(world.deps.store.read(replyId))
      if (left === undefined && record === undefined) return
      open += left?.status === 'open' ? 1 : 0
      expect(record?.status).not.toBe('open')
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
      expect(world.rules.violations).toEqual([])
      const text = words.slice(0, 12).join('')
      const shown = shownTo(world).join('')
      if (kind === 'text' || kind === 'pieces') expect(carries(shownTo(world), text)).toBe(true)
      else expect(text.startsWith(shown.replace(/\s*\([^)]*\)$/, ''))).toBe(true)
    }),
    { numRuns: 1_000, seed: 20_261_124 },
  )
  expect(open).toBeGreaterThan(500)
}, 300_000)
