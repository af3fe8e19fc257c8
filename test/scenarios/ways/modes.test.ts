import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { playOut, replyId, scenario } from '../../support/crash-play.ts'
import { deliveryWorld, readTrace, textOf } from '../../support/delivery-world.ts'
import { isWithinDoubts } from '../../support/shown-text.ts'
import { faultOf, repeatableWays, type TriedWay } from '../../support/ways.ts'

const tokens = readTrace('english-60')
const text = textOf(tokens)
const [modifyWay, nativeToUser, nativeToGroup] = repeatableWays
const native = [nativeToUser, nativeToGroup].filter((way) => way !== undefined)

const deliverWith = async (
  tried: TriedWay,
  options: Parameters<typeof deliveryWorld>[0] = {},
  ways = tried.ways,
) => {
  const world = deliveryWorld({ to: tried.to, ...options })
  const receipt = await world.run(world.deliver(world.play(tokens), { ways }))
  return { world, receipt, texts: world.shown().map((message) => message.text) }
}

describe.each(native)('$name', (tried) => {
  test.each([
    { repeatedIndex: 'accepted' },
    { nativeAnswers: 'streamOnly' },
    { nativeEmptyLast: 'refused' },
    { repeatedIndexCode: 90_000 },
  ] as const)('with %j every lost answer leaves the text exact', async (rules) => {
    for (const kind of ['dropBefore', 'dropAfter'] as const) {
      for (let at = 0; at < 12; at += 1) {
        const faults = faultOf(tried, at, { kind })
        const { world, receipt, texts } = await deliverWith(tried, { rules, faults })

        expect(texts).toEqual([tried.prefix + text])
        expect(receipt).toMatchObject({ status: 'finished', inDoubt: 0, lostAnswers: 1 })
        expect(world.rules.violations).toEqual([])
      }
    }
  })

  test.each([
    ['there are no such calls', { native: 'absent' }],
    ['the answer names no stream', { native: 'unnamed' }],
    ['the plan allows no more today', { nativePerDay: 0 }],
  ] as const)(
    'where %s the reply fails with the reason, or takes the other way',
    async (_why, rules) => {
      const { receipt } = await deliverWith(tried, { rules })

      expect(receipt).toMatchObject({ status: 'failed', failure: { reason: 'refused' } })

      const { user, group, byName } = tried.ways
      const instead = { user: byName.stream_msg, group: byName.modify }
      const ways = { user, byName, instead, ...(group === undefined ? {} : { group }) }
      const other = await deliverWith(tried, { rules }, ways)
      expect(other.receipt).toMatchObject({ status: 'finished' })
      expect(other.texts.at(-1)).toBe(tried.prefix + text)
    },
  )
})

describe('a source that is silent for long', () => {
  async function* halting(clock: { sleep(ms: number): Promise<void> }) {
    yield 'Before the silence. '
    await clock.sleep(40_000)
    yield 'After it.'
  }

  test.each(native)('keeps its stream open by empty chunks: $name', async (tried) => {
    const world = deliveryWorld({ to: tried.to })

    await world.run(world.deliver(halting(world.clock), { ways: tried.ways }))

    expect(world.shown().map((message) => message.text)).toEqual([
      `${tried.prefix}Before the silence. After it.`,
    ])
    expect(world.rules.violations).toEqual([])
  })

  test.each(native)('goes on in a new message where none is taken: $name', async (tried) => {
    for (const nativeEmptyLast of ['accepted', 'refused'] as const) {
      const rules = { nativeEmptyChunk: 'refused', nativeEmptyLast } as const
      const world = deliveryWorld({ to: tried.to, rules })

      const receipt = await world.run(world.deliver(halting(world.clock), { ways: tried.ways }))

      expect(receipt.status).toBe('finished')
      const shown = world.shown()
      expect(shown.map((message) => message.text).join('')).toBe(
        `${tried.prefix}Before the silence. After it.`,
      )
      expect(shown).toHaveLength(2)
      expect(shown.every(({ finished }) => finished)).toBe(true)
    }
  })
})

describe('a group', () => {
  test('that is written into too often slows its own replies, and not those of others', async () => {
    const tried = modifyWay
    if (tried === undefined) throw new Error('there is no such way')
    const slowed: string[] = []
    const world = deliveryWorld({ to: tried.to, rules: { groupCallsPerSecond: 1 } })
    const rateLimit = {
      slot: async () => true,
      prepare: () => {},
      slowedDown: () => void slowed.push('all'),
    }
    Object.assign(world.deps, { rateLimit })

    const receipt = await world.run(world.deliver(world.play(tokens), { ways: tried.ways }))

    expect(receipt.status).toBe('finished')
    expect(world.text()).toBe(text)
    expect(world.service.calls.some(({ code }) => code === 10_023)).toBe(true)
    expect(slowed).toEqual([])
  })

  test('gets plain text where its clients know no streams', async () => {
    const world = deliveryWorld({ to: modifyWay?.to ?? { from: '', to: '' }, groupForm: 'text' })

    await world.run(world.deliver(world.play(tokens), { ways: modifyWay?.ways ?? ({} as never) }))

    expect(world.shown()).toMatchObject([{ text, streamed: false, names: ['alice'] }])
  })
})

test.each(repeatableWays)(
  'after a lost answer the text goes on within two round trips: $name',
  async (tried) => {
    const latencyMs = 300
    for (const kind of ['dropBefore', 'dropAfter'] as const) {
      const faults = faultOf(tried, 4, { kind })
      const { world } = await deliverWith(tried, { latencyMs, faults })

      const sends = world.service.calls.filter(({ command }) => tried.commands.includes(command))
      const lost = sends.findIndex(({ fault }) => fault !== undefined)
      const next = sends.slice(lost + 1).find(({ applied, code }) => applied || code !== undefined)
      const heardMs =
        (next?.endedAtMs ?? Number.POSITIVE_INFINITY) - (sends[lost]?.startedAtMs ?? 0)
      expect(heardMs).toBeLessThanOrEqual(2 * latencyMs)
    }
  },
)

const modes = fc.record({
  repeatedIndex: fc.constantFrom('refused', 'accepted'),
  nativeAnswers: fc.constantFrom('all', 'streamOnly'),
  nativeEmptyLast: fc.constantFrom('accepted', 'refused'),
  readBack: fc.constantFrom('all', 'nothing', 'refused'),
  readGroup: fc.constantFrom('all', 'refused'),
} as const)

test.each(repeatableWays)(
  'whatever the service turns out to do, what a death leaves in doubt is counted, and nothing else differs: $name',
  async (tried) => {
    await fc.assert(
      fc.asyncProperty(scenario, modes, async (given, rules) => {
        // Without fences, which the ends of messages would add to.
        const play = {
          ...given,
          pieces: given.pieces.map((piece) => `.${piece.replaceAll('`', '')}`),
        }
        const { world, deps, text: whole } = await playOut(play, tried, rules)

        const record = await deps.store.read(replyId)
        if (record === undefined) return
        const { inDoubt } = record.progress
        expect(record.status).toBe('finished')
        expect(world.rules.violations).toEqual([])
        // Each chunk in doubt may stand there twice.
        const calls = world.service.calls.map(({ text: said = '' }) => said)
        const doubts = Array.from({ length: inDoubt }, () => calls)
        expect(isWithinDoubts(world.text(), tried.prefix + whole, doubts, false)).toBe(true)
      }),
      { numRuns: 250, seed: 20_261_125 },
    )
  },
  300_000,
)
