import { describe, expect, test } from 'vitest'
import type { Log } from '../../lib/ports.ts'
import { anyFault, type Fault, faultAt } from '../../local/simulator/faults.ts'
import { deliveryWorld, readTrace, textOf } from '../support/delivery-world.ts'

describe('doubt', () => {
  const refusedReading = { rules: { readBack: 'refused' as const } }
  const tokens = readTrace('english-60')
  const text = textOf(tokens)

  test.each(['verify', 'resend', 'skip'] as const)(
    'that can be cleared by reading back costs nothing with IN_DOUBT=%s',
    async (inDoubt) => {
      for (const kind of ['dropBefore', 'dropAfter'] as const) {
        const world = deliveryWorld({ faults: faultAt('send_stream_msg', 7, { kind }) })

        const receipt = await world.run(world.deliver(world.play(tokens), { inDoubt }))

        expect(world.text()).toBe(text)
        expect(receipt).toMatchObject({ lostAnswers: 1, inDoubt: 0 })
      }
    },
  )

  test('that cannot be cleared is sent again at the most once, counted and logged', async () => {
    const logged: string[] = []
    const log: Log = { info: () => {}, warn: (event) => logged.push(event) }
    const faults = faultAt('send_stream_msg', 7, { kind: 'dropAfter' })
    const world = deliveryWorld({ ...refusedReading, faults, log })

    const receipt = await world.run(world.deliver(world.play(tokens), { inDoubt: 'verify' }))

    const doubted = world.sends()[7]?.text ?? ''
    const at = world.text().indexOf(doubted + doubted)
    expect(world.text().slice(0, at) + world.text().slice(at + doubted.length)).toContain(
      text.slice(0, at + doubted.length),
    )
    expect(receipt).toMatchObject({ inDoubt: 1, status: 'finished' })
    expect(logged).toContain('answer-lost')
    expect(world.shown().every(({ finished }) => finished)).toBe(true)
  })

  test('that cannot be cleared is passed over with IN_DOUBT=skip', async () => {
    const faults = faultAt('send_stream_msg', 7, { kind: 'dropAfter' })
    const world = deliveryWorld({ ...refusedReading, faults })

    const receipt = await world.run(world.deliver(world.play(tokens), { inDoubt: 'skip' }))

    expect(world.text()).toBe(text)
    expect(receipt).toMatchObject({ inDoubt: 1, status: 'finished' })
  })

  test.each(['dropBefore', 'dropAfter'] as const)(
    'about the last chunk is never passed over, so that the message is closed (%s)',
    async (kind) => {
      const plain = readTrace('chinese-40')
      const undisturbed = deliveryWorld(refusedReading)
      await undisturbed.run(undisturbed.deliver(undisturbed.play(plain)))
      const last = undisturbed.sends().length - 1
      const faults = faultAt('send_stream_msg', last, { kind })
      const world = deliveryWorld({ ...refusedReading, faults })

      const receipt = await world.run(world.deliver(world.play(plain), { inDoubt: 'skip' }))

      const doubled = kind === 'dropAfter' ? (world.sends()[last]?.text ?? '') : ''
      expect(world.text()).toBe(textOf(plain) + doubled)
      expect(receipt).toMatchObject({ inDoubt: 1, status: 'finished' })
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
    },
  )

  test('a reply does not adopt the message of another one that begins alike', async () => {
    const faults = faultAt('send_stream_msg', 0, { kind: 'dropBefore' })
    const world = deliveryWorld({ faults })
    const slow = (text: string) => [...text].map((letter, i) => ({ t: i * 300, text: letter }))

    const [first, second] = await world.run(
      Promise.all([
        world.deliver(world.play(slow('Hello, first of all')), { replyId: 'a' }),
        world.deliver(world.play(slow('Hello, second of all')), { replyId: 'b' }),
      ]),
    )

    const texts = world.shown().map((message) => message.text)
    expect(texts.toSorted()).toEqual(['Hello, first of all', 'Hello, second of all'])
    expect([first?.status, second?.status]).toEqual(['finished', 'finished'])
  })
})

test('a message whose closing notice is refused as well is closed by overwriting it', async () => {
  const moderated: Fault = { kind: 'code', code: 80001 }
  const faults = anyFault(...[5, 6].map((i) => faultAt('send_stream_msg', i, moderated)))
  const world = deliveryWorld({ faults })
  const tokens = readTrace('english-60')

  const receipt = await world.run(world.deliver(world.play(tokens)))

  expect(receipt).toMatchObject({ status: 'failed', calls: 7 })
  expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  expect(textOf(tokens).startsWith(world.text())).toBe(true)
})
