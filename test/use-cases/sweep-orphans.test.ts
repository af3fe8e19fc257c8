import { describe, expect, it } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { ReplyStore } from '../../lib/ports.ts'
import { forever } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { sweepWorld } from '../support/sweep-world.ts'

/** Whoever goes on with a poisoned reply meets this when it asks for the reply's text. */
const poisonedBy =
  (meet: () => Promise<never>) =>
  (store: ReplyStore): ReplyStore => ({
    ...store,
    readPieces: (replyId) => (replyId.startsWith('poisoned') ? meet() : store.readPieces(replyId)),
  })

const names = (count: number) => Array.from({ length: count }, (_, n) => `poisoned-${n}`)

describe('a reply that nobody can go on with', () => {
  it.each([
    ['never come back', () => forever],
    ['throw', () => Promise.reject(new TypeError('no such field'))],
  ])('does not keep a healthy one waiting: 50 of them %s', async (_, meet) => {
    const world = sweepWorld({ through: poisonedBy(meet) })
    for (const name of names(50)) await world.orphan(name, 60_000)
    await world.orphan('healthy', 1_000)

    await world.sweepFor(2)

    expect(world.textTo('healthy')).toEqual([
      { text: 'The whole text of healthy.', finished: true },
    ])
    expect(await world.read('healthy')).toMatchObject({ status: 'finished' })
  })

  it('does not keep waiting those that come later, minute after minute', async () => {
    const world = sweepWorld({ through: poisonedBy(() => forever) })
    for (const name of names(50)) await world.orphan(name, 60_000)

    for (let minute = 0; minute < 30; minute += 1) {
      await world.orphan(`healthy-${minute}`, -world.sinceStartMs())
      await world.sweepFor(2)

      expect(await world.read(`healthy-${minute}`)).toMatchObject({ status: 'finished' })
    }
  })

  it('is tried ten times, at longer and longer distances, and then ends', async () => {
    const triedAtMs: number[] = []
    const world = sweepWorld({
      through: (store, clock) => {
        const startMs = clock.now()
        return poisonedBy(() => {
          triedAtMs.push(clock.now() - startMs)
          return Promise.reject(new TypeError('no such field'))
        })(store)
      },
    })
    await world.orphan('poisoned', 1_000)

    await world.sweepFor(8 * 60)

    const minutes = triedAtMs.map((ms) => Math.floor(ms / 60_000))
    const pauses = minutes.slice(1).map((minute, nth) => minute - (minutes[nth] ?? 0))
    // From one take-over to the next: the sweep of that minute finds it.
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(await world.read('poisoned')).toMatchObject({
      status: 'failed',
      failure: { reason: 'poisoned' },
    })
    expect(world.textTo('poisoned')).toEqual([
      { text: world.settings.notices.failed, finished: true },
    ])
    expect(world.metrics.filter((values) => 'Poisoned' in values)).toEqual([{ Poisoned: 1 }])
  })

  it('gets no more than a third of a sweep, stops in order, and leaves its rest to the queue', async () => {
    const pieces = Array.from({ length: 30 }, (_, n) => `piece ${n} `)
    const world = sweepWorld({ withQueue: true, settings: { minGapMs: 2_000 } })
    await world.orphan('slow', 1_000, { pieces, piecewise: true })

    await world.sweepFor(1)

    const [last] = world.sends().slice(-1)
    const record = await world.read('slow')
    expect((last?.startedAtMs ?? 0) - world.clock.now()).toBeLessThan(-60_000 + 50_000 / 3)
    expect(record).toMatchObject({ status: 'open', leaseUntilMs: 0 })
    expect(record?.progress.sentChars).toBeGreaterThan('piece 0 '.length * 4)
    expect(record?.attempt).toBeUndefined()
    expect(world.queued).toMatchObject([{ replyId: 'slow' }])
  })

  it('takes nobody along once it has failed three times: then it is swept alone', async () => {
    let alive = 0
    let most = 0
    const world = sweepWorld({
      through: poisonedBy(async () => {
        alive += 1
        most = Math.max(most, alive)
        await world.clock.sleep(100)
        alive -= 1
        throw new TypeError('no such field')
      }),
    })
    for (const name of names(10)) await world.orphan(name, 1_000)
    // The first three attempts.
    await world.sweepFor(7)
    const together = most
    most = 0

    await world.sweepFor(60)

    expect(together).toBe(10)
    expect(most).toBe(1)
  })
})

describe('an attempt that moved the reply on', () => {
  it('has not failed: a reply may need many of them, and does not wait for the next', async () => {
    const pieces = Array.from({ length: 15 }, (_, n) => `piece ${n} `)
    const world = sweepWorld()
    await world.orphan('dogged', 1_000, { pieces, piecewise: true })

    // Each sweeper dies soon after its first chunk, whose progress it recorded.
    for (let minute = 0; minute < 20; minute += 1) {
      const death = { chunk: 1, after: 'call', awaits: 0 } as const
      await world.sweepFor(1, mortalProcess(world.deps, death).deps)
    }

    expect(await world.read('dogged')).toMatchObject({ status: 'finished' })
    expect(world.textTo('dogged')).toEqual([{ text: pieces.join(''), finished: true }])
  })
})

describe('replies that are typed at a rate', () => {
  it('are left to the queue: 1,000 of them are taken up within two minutes', async () => {
    const world = sweepWorld({ withQueue: true, storeLatencyMs: 20 })
    const text = 'It is typed. '.repeat(40)
    const ids = Array.from({ length: 1_000 }, (_, n) => `typed-${n}`)
    for (const name of ids) {
      await world.run(world.orphan(name, 1_000, { pieces: [text], charsPerSecond: 20 }))
    }
    const readyMs = world.sinceStartMs()

    await world.sweepFor(1)

    expect(new Set(world.queued.map(({ replyId }) => replyId)).size).toBe(1_000)
    expect(world.queued.every(({ atMs }) => atMs < readyMs + 120_000)).toBe(true)
    expect(await world.run(world.store.read('typed-7' as ReplyId))).toMatchObject({
      leaseUntilMs: 0,
    })
    expect(world.sends()).toEqual([])
  })
})
