import { describe, expect, it } from 'vitest'
import type { Log } from '../../lib/ports.ts'
import { deliveryWorld } from '../support/delivery-world.ts'

describe('a source of your own that throws', () => {
  it.each([
    ['an error that quotes what it was asked', new TypeError('alice wrote "my pin is 4711"')],
    ['an error named after nothing', Object.assign(new Error('4711'), { name: '' })],
    ['a text', 'my pin is 4711'],
    ['an object', { toString: (): string => '4711' }],
  ])('%s shows none of it in the log', async (_name, thrown) => {
    const lines: string[] = []
    const keep: Log['info'] = (...line) => lines.push(JSON.stringify(line))
    const world = deliveryWorld({ log: { info: keep, warn: keep } })

    const receipt = await world.run(
      world.deliver(
        (async function* () {
          yield 'Half an answer'
          throw thrown
        })(),
      ),
    )

    expect(receipt.status).toBe('failed')
    expect(lines.join()).toContain('text-broken-off')
    expect(lines.join()).not.toContain('4711')
  })
})
