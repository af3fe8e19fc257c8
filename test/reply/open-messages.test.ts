import { expect, test } from 'vitest'
import type { Verdict } from '../../lib/core/reply/verdict.ts'
import { openMessages } from '../../lib/reply/open-messages.ts'
import { memoryVerdictStore } from '../../local/memory/verdict-store.ts'
import { faultAt } from '../../local/simulator/faults.ts'
import { turn, turnOf, turnWorld } from '../support/delivery-world.ts'

/** A worker that answers turns, and what it asks of the table and the service. */
const worker = (options: Parameters<typeof turnWorld>[0] = {}) => {
  const world = turnWorld(options)
  const { clock, log, store, chatApi } = world.deps
  const verdicts = memoryVerdictStore()
  const asked: string[] = []
  let looks = 0
  const counted = <Args extends unknown[], R>(name: string, method: (...args: Args) => R) => {
    return (...args: Args): R => {
      asked.push(name)
      return method(...args)
    }
  }
  /** What a fresh sandbox works with. */
  const sandbox = () => ({
    openMessages: openMessages({ store: verdicts, clock, log }),
    store: {
      ...store,
      begin: counted('begin', store.begin),
      record: counted('record', store.record),
      claimMessage: counted('claim', store.claimMessage),
      end: counted('end', store.end),
      glance: counted('glance', store.glance),
      read: counted('read', store.read),
    },
    chatApi: {
      ...chatApi,
      readMessages: (...query: Parameters<typeof chatApi.readMessages>) => {
        looks += 1
        return chatApi.readMessages(...query)
      },
    },
  })
  const writes = () => asked.filter((name) => name !== 'glance' && name !== 'read')
  const verdict = (): Promise<Verdict | undefined> => verdicts.read()
  const known = (shown: boolean) => verdicts.note({ shown, atMs: clock.now() })
  return { ...world, sandbox, asked, writes, looks: () => looks, verdict, known }
}

/** A source that says a few words each second. */
const eachSecond = ({ clock }: ReturnType<typeof worker>, seconds: number) =>
  async function* () {
    for (let second = 0; second < seconds; second += 1) {
      yield `${second} and so on. `
      await clock.sleep(1_000)
    }
  }

test('where open messages are known to be shown, a turn of 6.65 s is five writes, whatever its calls', async () => {
  const world = worker()
  await world.known(true)

  await world.answer(world.sandbox())

  expect(world.writes()).toEqual(['begin', 'record', 'claim', 'record', 'end'])
  expect(world.sends().length).toBeGreaterThan(30)
  expect(world.looks()).toBe(0)
})

test('where nobody knows, progress is recorded after each call until the writer has seen its own open message', async () => {
  const world = worker()

  await world.answer(world.sandbox())
  const first = world.writes().length
  world.asked.length = 0
  await world.answer(world.sandbox(), turnOf(2))

  expect(first).toBeLessThan(10)
  expect(world.looks()).toBe(1)
  expect((await world.verdict())?.shown).toBe(true)
  expect(world.writes()).toHaveLength(5)
})

test('where open messages are hidden, progress is recorded after each call, and one look in ten minutes is made', async () => {
  const world = worker({ rules: { hiddenForMs: 3_600_000 } })

  for (const n of [1, 2, 3]) {
    await world.answer(world.sandbox(), turnOf(n))
    expect(world.writes().length).toBeGreaterThan(n * 30)
  }

  expect((await world.verdict())?.shown).toBe(false)
  expect(world.looks()).toBe(1)
})

test('a verdict is found out again after ten minutes by another sandbox, and not by the same', async () => {
  const world = worker({ rules: { hiddenForMs: 3_600_000 } })
  const old = world.sandbox()
  await world.answer(old)
  await world.run(world.clock.sleep(600_000))

  await world.answer(old, turnOf(2))
  const bySame = world.looks()
  await world.answer(world.sandbox(), turnOf(3))

  expect(bySame).toBe(1)
  expect(world.looks()).toBe(2)
})

test('a verdict counts for a day', async () => {
  const world = worker()
  await world.known(true)
  await world.run(world.clock.sleep(86_400_000))

  await world.answer(world.sandbox())

  expect(world.looks()).toBe(1)
})

test('an open message that is looked for and not shown takes the verdict back at once, for everybody', async () => {
  const world = worker({
    rules: { hiddenForMs: 3_600_000 },
    faults: faultAt('send_stream_msg', 5, { kind: 'dropAfter' }),
  })
  await world.known(true)

  await world.answer({ ...world.sandbox(), source: eachSecond(world, 80) })

  expect((await world.verdict())?.shown).toBe(false)
  // Asking takes half a minute; the calls after that are recorded again.
  expect(world.writes().filter((name) => name === 'record').length).toBeGreaterThan(40)
})

test('a stop is seen within two seconds though nothing is written', async () => {
  const world = worker()
  await world.known(true)
  const stopAtMs = world.clock.now() + 3_100
  void world.clock.sleep(3_100).then(() => world.deps.store.requestCancel(turn.replyId))

  await world.answer(world.sandbox())

  expect(world.upstream.letGoAtMs).toBeGreaterThan(stopAtMs)
  expect(Number(world.upstream.letGoAtMs) - stopAtMs).toBeLessThanOrEqual(2_000)
  expect(world.finished()).toEqual([true])
})

test('a long answer costs one write more for each half of a lease', async () => {
  const world = worker()
  await world.known(true)

  await world.answer({ ...world.sandbox(), source: eachSecond(world, 30) })

  expect(world.writes().filter((name) => name === 'record')).toHaveLength(2 + 3)
  expect(world.asked).not.toContain('read')
})

test('a table that cannot say the verdict holds nothing up: progress is recorded after each call', async () => {
  const world = worker()
  const failing = async () => {
    throw new Error('out of reach')
  }
  const { clock, log } = world.deps
  const store = { read: failing, mayLook: failing, note: failing }

  await world.answer({ ...world.sandbox(), openMessages: openMessages({ store, clock, log }) })

  expect(world.writes().length).toBeGreaterThan(30)
  expect(world.finished()).toEqual([true])
})
