import { describe, expect, it } from 'vitest'
import type { PastTurn } from '../../lib/core/conversation/source-request.ts'
import { TextBrokenOff } from '../../lib/core/reply/text-broken-off.ts'
import type { ConversationHistory, ReplySource } from '../../lib/ports.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import {
  forever,
  invocation,
  readTrace,
  turnSettings as settings,
  type Token,
  textOf,
  traceSource,
  turn,
  turnOf,
  turnWorld,
} from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { breaksOff } from '../support/shown-text.ts'

const tokens = readTrace('english-60')
const text = textOf(tokens)

const expectBrokenOff = (shown: string): void =>
  expect(breaksOff(shown, text, settings.notices.failed)).toBe(true)

/** The history of one conversation, in memory. */
const rememberedTurns = (): ConversationHistory & { readonly turns: PastTurn[] } => {
  const turns: PastTurn[] = []
  return {
    turns,
    recall: async () => [...turns],
    remember: async (_, past) => {
      turns.push(past)
    },
    forget: async () => {},
  }
}

describe('a turn', () => {
  it('is answered with what its source says, and the receipt shows what it used', async () => {
    const world = turnWorld()

    const outcome = await world.answer()

    expect(world.text()).toBe(text)
    expect(world.finished()).toEqual([true])
    expect(outcome).toMatchObject({
      done: true,
      receipt: {
        replyId: turn.replyId,
        status: 'finished',
        usage: { inputTokens: 10, outputTokens: tokens.length },
      },
    })
    expect(world.upstream.asked).toEqual([{ text: 'question 1', history: [] }])
  })

  it('that comes again finds the work done', async () => {
    const world = turnWorld()
    await world.answer()
    const calls = world.sends().length

    expect(await world.answer()).toEqual({ done: true })
    expect(world.sends()).toHaveLength(calls)
    expect(world.upstream.asked).toHaveLength(1)
  })

  it('that comes again while it is answered must come once more, when the lease could have run out', async () => {
    const world = turnWorld()
    const first = world.answer()
    await world.run(world.clock.sleep(1_000))

    const again = await world.answer()

    expect(again).toEqual({ done: false, retryAfterMs: expect.any(Number) })
    await world.run(first)
    expect(world.text()).toBe(text)
  })
})

describe('a source that', () => {
  const half = tokens.slice(0, tokens.length / 2)
  const breaking: Readonly<Record<string, (upstream: ReplySource) => ReplySource>> = {
    'never starts': () => () => hanging([]),
    'hangs in the middle': () => () => hanging(half),
    'fails in the middle': () => () => failing(half, new Error('socket hang up')),
    'fails at once, and says why': () => () =>
      failing(
        [],
        new TextBrokenOff({ reason: 'source-failed', detail: 'The model is overloaded.' }),
      ),
  }
  async function* hanging(said: readonly Token[]): AsyncGenerator<string, void, void> {
    for (const token of said) yield token.text
    await forever
  }
  async function* failing(
    said: readonly Token[],
    error: Error,
  ): AsyncGenerator<string, void, void> {
    for (const token of said) yield token.text
    throw error
  }

  it.each(Object.keys(breaking))(
    '%s has its message closed with the notice, once',
    async (name) => {
      const world = turnWorld()
      const source = breaking[name]?.(world.source) as ReplySource
      const startMs = world.clock.now()

      const outcome = await world.answer({ source })

      expect(outcome).toMatchObject({
        done: true,
        receipt: { status: 'failed', failure: { reason: 'source-failed' } },
      })
      expect(world.finished()).toEqual([true])
      expect(world.text().endsWith(settings.notices.failed)).toBe(true)
      expect(text.startsWith(world.text().replace(settings.notices.failed, '').trimEnd())).toBe(
        true,
      )
      expect(world.clock.now() - startMs).toBeLessThanOrEqual(settings.sourceTimeoutMs + 1_000)
      expect(await world.answer()).toEqual({ done: true })
      expect(world.shown()).toHaveLength(1)
    },
  )

  it('talks for longer than the invocation lasts is cut off while there is time to close the message', async () => {
    const world = turnWorld()
    const slow = tokens.map((token) => ({ ...token, t: token.t * 10 }))
    const source = traceSource(world.clock, world.upstream, slow)

    const outcome = await world.answer({ source }, turn, 30_000)

    expect(outcome).toMatchObject({ done: true, receipt: { status: 'failed' } })
    expectBrokenOff(world.text())
    expect(world.finished()).toEqual([true])
    expect(world.upstream.letGoAtMs).toBeDefined()
  })

  it('has nothing to say is answered with the notice for that', async () => {
    const world = turnWorld()

    await world.answer({ source: () => hangingUp() })

    expect(world.text()).toBe(settings.notices.empty)
    expect(world.finished()).toEqual([true])
  })
  async function* hangingUp(): AsyncGenerator<string, void, void> {}
})

describe('Stop', () => {
  it.each([200, 1_700, 4_000])(
    'after %i ms lets go of the source, closes the message and sends nothing after',
    async (afterMs) => {
      const world = turnWorld()
      const answered = world.answer()
      await world.run(world.clock.sleep(afterMs))

      const stoppedAtMs = world.clock.now()
      await world.deps.store.requestCancel(turn.replyId)
      const outcome = await world.run(answered)

      expect(outcome).toMatchObject({ done: true, receipt: { status: 'interrupted' } })
      expect(world.finished()).toEqual([true])
      expect(text.startsWith(world.text())).toBe(true)
      expect(world.upstream.letGoAtMs).toBeLessThan(stoppedAtMs + 500)
      const last = world.sends().at(-1)
      expect(last?.startedAtMs).toBeLessThan(stoppedAtMs + 700)
    },
  )
})

describe('Stop while the source is silent', () => {
  it('is noticed within two seconds', async () => {
    const world = turnWorld()
    const pausing = tokens.map((token) =>
      token.t < 1_000 ? token : { ...token, t: token.t + 15_000 },
    )
    const source = traceSource(world.clock, world.upstream, pausing)
    const answered = world.answer({ source })
    await world.run(world.clock.sleep(3_000))

    const stoppedAtMs = world.clock.now()
    await world.deps.store.requestCancel(turn.replyId)
    await world.run(answered)

    expect(world.upstream.letGoAtMs).toBeLessThan(stoppedAtMs + 2_000)
    expect(world.sends().at(-1)?.endedAtMs).toBeLessThan(stoppedAtMs + 2_000)
    expect(world.finished()).toEqual([true])
  })
})

describe('a worker that dies', () => {
  it.each([0, 1, 2, 3, 5, 9, 14, 25, 40])(
    'at await %i is followed when the message comes again: closed with the notice, or answered anew where nobody saw anything',
    async (dies) => {
      const world = turnWorld()
      await world.dyingWorker(mortalProcess(world.deps, dies))
      await world.run(world.clock.sleep(settings.leaseMs + 10_000))
      const seenBefore = world.text()

      const outcome = await world.answer()

      expect(outcome.done).toBe(true)
      expect(world.finished()).toEqual([true])
      if (seenBefore === '') expect(world.text()).toBe(text)
      else expectBrokenOff(world.text())
      expect(world.rules.violations).toEqual([])
    },
  )

  it('between two messages is followed with a notice: a message that was full is not the end of the text', async () => {
    const long = readTrace('long-15k')
    const ends = new Set<string>()
    const whole = turnWorld()
    await whole.answer({ source: traceSource(whole.clock, whole.upstream, long) })
    const rolledOver = whole.sends().findIndex(({ finish }) => finish)
    for (let awaits = 0; awaits < 12; awaits += 1) {
      const world = turnWorld()
      const source = traceSource(world.clock, world.upstream, long)
      const moment = { chunk: rolledOver, after: 'call', awaits } as const
      await world.dyingWorker(mortalProcess(world.deps, moment), source)
      await world.run(world.clock.sleep(settings.leaseMs + 10_000))

      await world.answer({ source })

      const shown = world.shown()
      expect(shown.every((message) => message.finished)).toBe(true)
      expect(shown.at(-1)?.text.endsWith(settings.notices.failed)).toBe(true)
      ends.add(`${shown.length}`)
    }
    // Deaths before and after the first message was finished.
    expect([...ends].sort()).toEqual(['1', '2'])
  })

  it('leaves a reply that the sweeper lets alone as long as its message may come again, and closes after', async () => {
    const queue = { continueLater: async () => {} }
    const world = turnWorld()
    const deps = { ...world.deps, queue }
    await world.dyingWorker(mortalProcess(world.deps, { chunk: 3, after: 'answer', awaits: 2 }))
    const sweep = () => world.run(sweepOrphans(deps, settings, invocation(world.clock)))

    await world.run(world.clock.sleep(settings.leaseMs + 20_000))
    expect(await sweep()).toMatchObject({ ended: 0 })
    expect(world.finished()).toEqual([false])

    await world.run(world.clock.sleep(40_000))
    expect(await sweep()).toMatchObject({ ended: 1 })
    expect(world.finished()).toEqual([true])
    expectBrokenOff(world.text())
  })
})

describe('the history', () => {
  it('is given to the source, and has what users were shown of the answers before', async () => {
    const world = turnWorld()
    const history = rememberedTurns()
    await world.answer({ history })

    const second = world.answer({ history }, turnOf(2))
    await world.run(world.clock.sleep(2_000))
    await world.deps.store.requestCancel(turnOf(2).replyId)
    await world.run(second)
    await world.answer({ history }, turnOf(3))

    const [first, stopped] = history.turns
    expect(first).toEqual({ replyId: turn.replyId, asked: 'question 1', answered: text })
    expect(world.shown()[1]?.text.startsWith(stopped?.answered ?? 'nothing')).toBe(true)
    expect(world.upstream.asked[2]).toEqual({ text: 'question 3', history: [first, stopped] })
  })

  it('that cannot be read or written keeps nobody from answering', async () => {
    const world = turnWorld()
    const broken = () => Promise.reject(new Error('no history'))

    await world.answer({ history: { recall: broken, remember: broken, forget: broken } })

    expect(world.text()).toBe(text)
  })
})
