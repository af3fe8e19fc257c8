import { describe, expect, it } from 'vitest'
import type { Continuation } from '../../lib/core/reply/continuation.ts'
import type { ConversationHistory } from '../../lib/ports.ts'
import type { TurnDeps, TurnSettings } from '../../lib/use-cases/answer-turn.ts'
import { continueTurn, runTurn } from '../../lib/use-cases/run-turn.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import {
  invocation,
  readTrace,
  turnSettings as settings,
  textOf,
  turn,
  turnWorld,
} from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import {
  newUpstream,
  type Play,
  resumableSource,
  type SourceKind,
} from '../support/resumable-sources.ts'

const tokens = readTrace('english-60')
const text = textOf(tokens)
const pieces = tokens.map((token) => token.text)
const kinds: readonly SourceKind[] = ['fine', 'coarse', 'words']
const play: Play = { pieces, everyMs: 20 }

/** A world whose turns come from a source that can go on, with a queue that keeps what it is handed. */
const world = (kind: SourceKind, played: Partial<Play> = {}, own: Partial<TurnDeps> = {}) => {
  const base = turnWorld()
  const upstream = newUpstream()
  const handed: Continuation[] = []
  const source = resumableSource(kind, base.clock, { ...play, ...played }, upstream)
  const deps: TurnDeps = {
    ...base.deps,
    source,
    queue: {
      continueLater: async (continuation) => {
        handed.push(continuation)
      },
    },
    ...own,
  }
  const run = (remainingMs = 300_000, changes: Partial<TurnSettings> = {}) =>
    base.run(runTurn(deps, { ...settings, ...changes }, turn, invocation(base.clock, remainingMs)))
  const goOn = (remainingMs = 300_000, changes: Partial<TurnSettings> = {}) => {
    const { replyId } = turn
    const own = { ...settings, ...changes }
    const signals = invocation(base.clock, remainingMs)
    const handedOver = { replyId, botOf: () => ({ deps, settings: own }) }
    return base.run(continueTurn(deps, own, handedOver, signals))
  }
  const dies = async (process: ReturnType<typeof mortalProcess>) => {
    const mortal = { ...deps, ...process.deps }
    const work = runTurn(mortal, settings, turn, invocation(base.clock)).catch(
      () => new Promise(() => {}),
    )
    await base.run(Promise.race([work, process.death]))
    upstream.open = 0
  }
  const pass = (ms: number) => base.run(base.clock.sleep(ms))
  return { ...base, base, deps, upstream, handed, run, goOn, dies, pass }
}

const expectWhole = (at: ReturnType<typeof world>): void => {
  expect(at.text()).toBe(text)
  expect(at.finished()).toEqual([true])
  expect(at.rules.violations).toEqual([])
  expect(at.upstream.mostOpen).toBe(1)
}

describe.each(kinds)('an answer of a source of the kind %s', (kind) => {
  it.each([1, 7, 40, 90])(
    'whose connection breaks after %i pieces goes on in the same worker',
    async (after) => {
      const at = world(kind, { breaksAfter: (nth) => (nth < 3 ? after : undefined) })

      const outcome = await at.run()

      expectWhole(at)
      expect(outcome).toMatchObject({ done: true, receipt: { status: 'finished' } })
      expect(at.upstream.asked).toHaveLength(4)
    },
  )

  it('that breaks off again and again without new text is given up after five times', async () => {
    const at = world(kind, { breaksAfter: (nth) => (nth === 0 ? 40 : 0) })

    const outcome = await at.run()

    expect(at.upstream.asked).toHaveLength(6)
    expect(outcome).toMatchObject({
      receipt: { status: 'failed', failure: { reason: 'source-failed' } },
    })
    expect(at.finished()).toEqual([true])
  })

  it('that takes longer than its invocation goes on in the next ones, under the same message', async () => {
    const at = world(kind, { everyMs: 200 })
    let invocations = 1
    expect(await at.run(14_000)).toMatchObject({ done: true })
    while (at.handed.length > 0) {
      at.handed.shift()
      expect(at.upstream.open).toBe(0)
      await at.goOn(14_000)
      invocations += 1
    }

    expectWhole(at)
    expect(invocations).toBeGreaterThan(10)
    expect((await at.deps.store.read(turn.replyId))?.progress.inDoubt).toBe(0)
  })

  it.each([3, 9, 14, 25, 40, 80])(
    'whose worker dies at await %i is gone on with when the turn comes again',
    async (await_) => {
      const at = world(kind)
      await at.dies(mortalProcess(at.deps, await_))
      await at.pass(settings.leaseMs + 10_000)

      const outcome = await at.run()

      expect(outcome.done).toBe(true)
      expectWhole(at)
    },
  )

  it('whose turn never comes again is handed to the worker by the sweeper', async () => {
    const at = world(kind)
    await at.dies(mortalProcess(at.deps, { chunk: 5, after: 'answer', awaits: 2 }))
    await at.pass(settings.leaseMs + 60_000)

    await at.base.run(sweepOrphans(at.deps, settings, invocation(at.clock)))
    expect(at.finished()).toEqual([false])
    expect(at.handed).toHaveLength(1)
    await at.goOn()

    expectWhole(at)
  })

  it('that nobody takes up is closed by the sweeper in the end', async () => {
    const at = world(kind)
    await at.dies(mortalProcess(at.deps, { chunk: 5, after: 'answer', awaits: 2 }))
    for (let minute = 0; minute < 20; minute += 1) {
      await at.pass(60_000)
      await at.base.run(sweepOrphans(at.deps, settings, invocation(at.clock)))
    }

    expect(at.handed).toHaveLength(3)
    expect(at.finished()).toEqual([true])
    expect(at.text().endsWith(settings.notices.failed)).toBe(true)
  })

  it('that is stopped between two invocations shows nothing more, and its source is not asked again', async () => {
    const at = world(kind, { everyMs: 200 })
    await at.run(14_000)
    const shown = at.text()
    await at.deps.store.requestCancel(turn.replyId)
    const stoppedAtMs = at.clock.now()

    const receipt = await at.goOn()

    expect(receipt).toMatchObject({ how: 'ended', status: 'interrupted' })
    expect(at.finished()).toEqual([true])
    expect(text.startsWith(shown)).toBe(true)
    expect(at.text()).toBe(`${shown}\n\n${settings.notices.interrupted}`)
    expect(at.upstream.asked).toHaveLength(1)
    if (kind !== 'words') {
      expect(at.upstream.cancelled).toHaveLength(1)
      expect(at.upstream.cancelled[0]?.atMs).toBeLessThan(stoppedAtMs + 2_000)
    }
  })

  it('that is stopped while it is read is cancelled', async () => {
    const at = world(kind, { everyMs: 100 })
    const answered = runTurn(at.deps, settings, turn, invocation(at.clock))
    await at.pass(3_000)
    const stoppedAtMs = at.clock.now()
    await at.deps.store.requestCancel(turn.replyId)
    await at.base.run(answered)

    expect(at.finished()).toEqual([true])
    expect(at.upstream.open).toBe(0)
    if (kind !== 'words') {
      expect(at.upstream.cancelled[0]?.atMs).toBeLessThan(stoppedAtMs + 2_000)
    }
  })

  it('that takes longer than it may over all its invocations ends with the notice', async () => {
    const at = world(kind, { everyMs: 1_000 })
    const changes = { answerLimitMs: 30_000 }
    const startMs = at.clock.now()
    await at.run(24_000, changes)
    while (at.handed.shift() !== undefined) await at.goOn(24_000, changes)

    expect(at.text().endsWith(settings.notices.failed)).toBe(true)
    expect(at.finished()).toEqual([true])
    expect(at.clock.now() - startMs).toBeLessThan(32_000)
    expect((await at.deps.store.read(turn.replyId))?.failure?.detail).toContain('ANSWER_LIMIT_MS')
  })

  it('is remembered whole, although two workers read it', async () => {
    const remembered: string[] = []
    const history: ConversationHistory = {
      recall: async () => [],
      forget: async () => {},
      remember: async (_, { answered }) => {
        remembered.push(answered)
      },
    }
    const at = world(kind, { everyMs: 100 }, { history })
    await at.run(20_000)
    await at.goOn()

    expectWhole(at)
    expect(remembered).toEqual([text])
  })

  it('costs no more writes and calls than one that cannot go on, where nothing happens', async () => {
    const writes = async (canGoOn: boolean) => {
      const at = world(kind)
      const { resumption: _, ...bare } = at.deps.source
      const source = canGoOn
        ? at.deps.source
        : Object.assign(
            (...asked: Parameters<typeof at.deps.source>) => at.deps.source(...asked),
            bare,
          )
      let count = 0
      const counted = Object.fromEntries(
        Object.entries(at.deps.store).map(([name, method]) => [
          name,
          (...given: never[]) => {
            count += 1
            return (method as (...all: never[]) => unknown)(...given)
          },
        ]),
      ) as unknown as TurnDeps['store']
      await at.base.run(
        runTurn({ ...at.deps, source, store: counted }, settings, turn, invocation(at.clock)),
      )
      expectWhole(at)
      return { count, calls: at.sends().length }
    }

    expect(await writes(true)).toEqual(await writes(false))
  })
})
