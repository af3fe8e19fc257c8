import { describe, expect, it } from 'vitest'
import type { PastTurn, SourceRequest } from '../../lib/core/conversation/source-request.ts'
import { turnReplyId } from '../../lib/core/conversation/turn.ts'
import { OutOfReach } from '../../lib/core/out-of-reach.ts'
import type { MsgKey, ReplyFailure } from '../../lib/core/reply/reply.ts'
import { TextBrokenOff } from '../../lib/core/reply/text-broken-off.ts'
import type { ConversationHistory, ReplySource } from '../../lib/ports.ts'
import type { TurnSettings } from '../../lib/use-cases/answer-turn.ts'
import { runTurn } from '../../lib/use-cases/run-turn.ts'
import { conversation, deliveryWorld, settings as writing } from '../support/delivery-world.ts'
import { never } from '../support/unhurried.ts'

const settings: TurnSettings = { ...writing, sourceTimeoutMs: 20_000, answerLimitMs: 1_800_000 }
const { notices } = settings
const MINUTE_MS = 60_000

const turn = {
  replyId: turnReplyId('1_2_1700000000' as MsgKey),
  conversation,
  text: 'question',
  askedAtMs: 1_699_999_999_000,
}
const endless = { startBy: never, handOver: never, deadline: never }

const turnWorld = () => {
  const lines: { readonly event: string; readonly fields?: unknown }[] = []
  const published: unknown[] = []
  const note = (event: string, fields?: unknown) => lines.push({ event, fields })
  const world = deliveryWorld({ log: { info: note, warn: note } })
  const remembered: PastTurn[] = []
  const history: ConversationHistory = {
    recall: async () => [],
    remember: async (_, past) => void remembered.push(past),
    forget: async () => {},
  }
  const metrics = { record: (...all: unknown[]) => published.push(all) }
  const answer = (source: ReplySource) =>
    world.run(runTurn({ ...world.deps, source, history, metrics }, settings, turn, endless))
  return { ...world, lines, published, remembered, answer }
}

/** Says this, then ends for this reason. */
const endingWith = (text: string, reason: ReplyFailure['reason']): ReplySource =>
  async function* () {
    if (text !== '') yield text
    throw new TextBrokenOff({ reason, detail: `It was ${reason}.` })
  }

describe('an answer that its source ends otherwise than well', () => {
  it.each([
    ['cut', notices.cut],
    ['withheld', notices.withheld],
    ['source-failed', notices.failed],
  ] as const)(
    'says so to its user, and to its owner in receipt, log and metrics: %s',
    async (reason, notice) => {
      const world = turnWorld()
      const failure = { reason, detail: `It was ${reason}.` }

      const outcome = await world.answer(endingWith('Half an answer', reason))

      expect(world.text()).toBe(`Half an answer\n\n${notice}`)
      expect(outcome).toMatchObject({ done: true, receipt: { status: 'failed', failure } })
      for (const event of ['text-broken-off', 'turn-answered']) {
        expect(world.lines).toContainEqual({ event, fields: expect.objectContaining(failure) })
      }
      expect(world.published).toContainEqual([
        { RepliesFailed: 1 },
        expect.objectContaining({ dimensions: { reason } }),
      ])
    },
  )

  it.each(['cut', 'withheld', 'source-failed'] as const)(
    'does not speak of an answer where none was shown: %s',
    async (reason) => {
      const world = turnWorld()

      await world.answer(endingWith('', reason))

      expect(Object.values(notices)).toContain(world.text())
      expect(world.text()).not.toMatch(/here|broke off|this answer/i)
    },
  )

  it.each(['cut', 'withheld', 'source-failed'] as const)(
    'is not called finished by whoever follows a worker that could not record the end: %s',
    async (reason) => {
      const world = turnWorld()
      const source = endingWith('Half an answer', reason)
      const end = () => Promise.reject(new OutOfReach('store', 'no answer'))
      const deps = { ...world.deps, store: { ...world.deps.store, end }, source }
      await world.run(runTurn(deps, settings, turn, endless).catch(() => undefined))
      const shown = world.text()
      await world.run(world.clock.sleep(settings.leaseMs + 10_000))

      await world.answer(source)

      const record = await world.run(world.deps.store.read(turn.replyId))
      expect(record?.status).toBe('failed')
      expect(world.text()).toBe(shown)
    },
  )

  it.each(['cut', 'source-failed'] as const)(
    'is remembered as far as it was shown, so that its user can ask for the rest: %s',
    async (reason) => {
      const world = turnWorld()
      await world.answer(endingWith('Half an answer', reason))
      expect(world.remembered).toMatchObject([{ answered: 'Half an answer' }])
    },
  )

  it('is not remembered where it was held back: the next question would be, too', async () => {
    const withheld = turnWorld()
    await withheld.answer(endingWith('Half an answer', 'withheld'))
    expect(withheld.remembered).toEqual([])
  })
})

describe('a source that thinks before it answers', () => {
  /** Gives a sign of life each second for so long, then an answer. */
  const thinkingFor = (ms: number, world: ReturnType<typeof turnWorld>): ReplySource =>
    async function* ({ reportLife }: SourceRequest) {
      for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
        await world.clock.sleep(1_000)
        reportLife?.()
      }
      yield 'Yes.'
    }

  it('is waited for as long as it gives signs of life: twenty minutes', async () => {
    const world = turnWorld()
    const startMs = world.clock.now()

    await world.answer(thinkingFor(20 * MINUTE_MS, world))

    expect(world.text()).toBe('Yes.')
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(20 * MINUTE_MS)
  })

  it('is given up once it has been silent for SOURCE_TIMEOUT_MS after its last sign of life', async () => {
    const world = turnWorld()
    const startMs = world.clock.now()
    const source: ReplySource = async function* ({ reportLife, signal }) {
      await world.clock.sleep(15_000)
      reportLife?.()
      await world.clock.sleep(10 * MINUTE_MS, signal)
      yield 'Too late.'
    }

    await world.answer(source)

    expect(world.text()).toBe(notices.failed)
    const endedMs = world.sends().at(-1)?.startedAtMs ?? 0
    expect(endedMs - startMs).toBeGreaterThanOrEqual(35_000)
    expect(endedMs - startMs).toBeLessThan(36_000)
  })

  it('has what it showed of its thoughts left out of the history', async () => {
    const world = turnWorld()

    await world.answer(async function* ({ reportPreface }) {
      yield '> Hm.\n\nYes.'
      reportPreface?.('> Hm.\n\n'.length)
    })

    expect(world.text()).toBe('> Hm.\n\nYes.')
    expect(world.remembered).toMatchObject([{ answered: 'Yes.' }])
  })
})
