import { describe, expect, test } from 'vitest'
import { DEFAULT_NOTICES } from '../../lib/core/reply/notice.ts'
import { anyFault, type Fault, faultAt } from '../../local/simulator/faults.ts'
import { deliveryWorld, readTrace, textOf } from '../support/delivery-world.ts'

async function* of(...deltas: string[]) {
  yield* deltas
}

describe('one reply', () => {
  test('grows with its source and closes with its last chunk', async () => {
    const world = deliveryWorld({ latencyMs: 80 })
    const startMs = world.clock.now()
    const tokens = ['Hel', 'lo', ', ', 'wor', 'ld', '!'].map((text, i) => ({ t: i * 60, text }))

    await world.run(world.deliver(world.play(tokens)))

    const calls = world.sends().map(({ startedAtMs, text, finish }) => {
      return `${startedAtMs - startMs} ms ${JSON.stringify(text)}${finish ? ' finish' : ''}`
    })
    expect(calls).toMatchInlineSnapshot(`
      [
        "0 ms "He"",
        "200 ms "llo, wo"",
        "300 ms "rld!" finish",
      ]
    `)
  })

  test('the first text waits for nothing but a second cluster, the last one only for the call in flight', async () => {
    const world = deliveryWorld({ latencyMs: 80 })
    const startMs = world.clock.now()

    const receipt = await world.run(world.deliver(world.play(readTrace('english-60'))))

    const calls = world.sends()
    expect((calls[0]?.appliedAtMs ?? 0) - startMs).toBe(40)
    const endedAtMs = startMs + (readTrace('english-60').at(-1)?.t ?? 0)
    expect((calls.at(-1)?.appliedAtMs ?? 0) - endedAtMs).toBeLessThanOrEqual(80 + 40)
    expect(receipt).toMatchObject({ how: 'ended', status: 'finished', calls: calls.length })
    expect(receipt.calls).toBeLessThanOrEqual(36)
  })

  test('the store is written at most three times more often than the service is called', async () => {
    const world = deliveryWorld()
    const written: string[] = []
    const store = Object.fromEntries(
      Object.entries(world.deps.store).map(([name, method]) => [
        name,
        (...args: unknown[]) => {
          written.push(name)
          return Reflect.apply(method, undefined, args)
        },
      ]),
    )
    Object.assign(world.deps, { store })

    const receipt = await world.run(world.deliver(world.play(readTrace('english-60'))))

    expect(written.filter((name) => name !== 'read').length).toBeLessThanOrEqual(receipt.calls + 3)
    expect(written[0]).toBe('begin')
    expect(written.at(-1)).toBe('end')
  })

  test('a piece is one call where pieces are not merged', async () => {
    const world = deliveryWorld()

    await world.run(world.deliver(of('one ', 'two ', 'three'), { merge: false }))

    expect(world.sends().map(({ text }) => text)).toEqual(['one ', 'two ', 'three'])
  })

  test('text that arrives in halves of characters arrives whole', async () => {
    const world = deliveryWorld()

    await world.run(world.deliver(of(...'👩‍🚀 and 🇰🇷'.split(''), 'e', '\u0301', '\ud83d')))

    expect(world.text()).toBe('👩‍🚀 and 🇰🇷e\u0301\ufffd')
    expect(world.rules.violations).toEqual([])
  })
})

describe('a source', () => {
  test('without any text ends with a notice', async () => {
    const world = deliveryWorld()

    const receipt = await world.run(world.deliver(of()))

    expect(world.text()).toBe(DEFAULT_NOTICES.empty)
    expect(receipt.status).toBe('finished')
    expect(world.shown()[0]?.finished).toBe(true)
  })

  test('that fails leaves what it gave, a notice, and a closed message', async () => {
    const world = deliveryWorld()
    async function* failing() {
      yield 'Look:\n```js\nlet x'
      await world.clock.sleep(1_000)
      throw new Error('the model went away')
    }

    const receipt = await world.run(world.deliver(failing()))

    expect(world.text()).toBe(`Look:\n\`\`\`js\nlet x\n\`\`\`\n\n${DEFAULT_NOTICES.failed}`)
    expect(receipt).toMatchObject({ status: 'failed', failure: { reason: 'source-failed' } })
    expect(world.shown()[0]?.finished).toBe(true)
  })

  test('that is faster than the service is made to wait, and its text is kept', async () => {
    const world = deliveryWorld({ latencyMs: 2_000 })
    let given = 0
    let most = 0
    async function* flood() {
      for (; given < 200_000; given += 1_000) {
        most = Math.max(most, given - world.text().length)
        yield 'x'.repeat(999).concat(' ')
        await world.clock.sleep(1)
      }
    }

    await world.run(world.deliver(flood()))

    // What is pending, in flight, and one delta that was asked for.
    expect(most).toBeLessThanOrEqual(65_536 + 12_288 + 2_000)
    expect(world.text().replaceAll('\n\n[…]', '').length).toBeGreaterThan(150_000)
  })

  test('is told when nobody reads it any more', async () => {
    const world = deliveryWorld()
    let returned = false
    const deltas: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          await world.clock.sleep(50)
          return { done: false, value: 'word ' }
        },
        return: async () => {
          returned = true
          return { done: true, value: undefined }
        },
      }),
    }
    void world.clock.sleep(1_000).then(world.stop)

    await world.run(world.deliver(deltas))

    expect(returned).toBe(true)
  })
})

describe('a stop', () => {
  const endless = (world: ReturnType<typeof deliveryWorld>) =>
    world.play(Array.from({ length: 1_000 }, (_, i) => ({ t: i * 50, text: `word${i} ` })))

  test('by the user closes the message with one more cluster', async () => {
    const world = deliveryWorld()
    void world.clock.sleep(1_030).then(world.stop)

    const receipt = await world.run(world.deliver(endless(world)))

    expect(receipt.status).toBe('interrupted')
    expect(world.shown().map(({ finished }) => finished)).toEqual([true])
    expect(world.sends().at(-1)?.text).toHaveLength(1)
    expect(world.clock.now() - (world.sends()[0]?.startedAtMs ?? 0)).toBeLessThan(1_300)
  })

  test('before any text says so', async () => {
    const world = deliveryWorld()
    await world.begin()
    await world.stop()

    const receipt = await world.run(world.deliver(of('never shown')))

    expect(receipt.status).toBe('interrupted')
    expect(world.shown()).toMatchObject([{ finished: true }])
  })

  test('that another invocation asked for is learned from the next write', async () => {
    const world = deliveryWorld()
    void world.clock.sleep(1_030).then(() => world.deps.store.requestCancel('reply-1' as never))

    const receipt = await world.run(world.deliver(endless(world)))

    expect(receipt.status).toBe('interrupted')
    expect(world.clock.now() - (world.sends()[0]?.startedAtMs ?? 0)).toBeLessThan(1_800)
  })

  test('of the invocation leaves the reply open, recorded as far as it was sent', async () => {
    const world = deliveryWorld()
    void world.clock.sleep(1_030).then(world.handOver)

    const receipt = await world.run(world.deliver(endless(world)))

    expect(receipt).toMatchObject({ how: 'handedOver', status: 'open' })
    expect(receipt.sentChars).toBe(world.text().length)
    const record = await world.deps.store.read(receipt.replyId)
    expect(record?.progress.sentChars).toBe(receipt.sentChars)
  })
})

describe('pressure', () => {
  test('"slow down" loses no text, sends fewer calls, and ends when it ends', async () => {
    const slow: Fault = { kind: 'code', code: 60007 }
    const faults = anyFault(...[3, 4, 5, 6].map((i) => faultAt('send_stream_msg', i, slow)))
    const world = deliveryWorld({ faults })
    const tokens = readTrace('english-60')

    const receipt = await world.run(world.deliver(world.play(tokens)))

    expect(world.text()).toBe(textOf(tokens))
    expect(receipt.retries).toBe(4)
    expect(receipt.calls).toBeLessThan(30)
  })

  test('a service that refuses everything for two minutes leaves the reply open for later', async () => {
    const world = deliveryWorld({ faults: () => ({ kind: 'notSent' }) })

    const receipt = await world.run(world.deliver(of('Hello')))

    expect(receipt).toMatchObject({ how: 'unreachable', status: 'open' })
  })
})
