import { describe, expect, test } from 'vitest'
import { type Fault, faultAt } from '../../../local/simulator/faults.ts'
import { deliveryWorld, readTrace, textOf } from '../../support/delivery-world.ts'
import { survivableFaults } from '../../support/faults.ts'
import { carries } from '../../support/shown-text.ts'
import { repeatableWays, type TriedWay } from '../../support/ways.ts'

const tokens = readTrace('english-60')

const deliver = async (tried: TriedWay, command: string, index: number, fault?: Fault) => {
  const faults = fault === undefined ? {} : { faults: faultAt(command, index, fault) }
  const world = deliveryWorld({ to: tried.to, ...faults })
  const receipt = await world.run(world.deliver(world.play(tokens), { ways: tried.ways }))
  const messages = world.shown()
  const calls = world.service.calls.filter(({ command: name }) => tried.commands.includes(name))
  return {
    status: receipt.status,
    texts: messages.map(({ text }) => text),
    open: messages.filter(({ finished }) => !finished).length,
    violations: world.rules.violations,
    inDoubt: receipt.inDoubt,
    calls,
  }
}

describe.each(repeatableWays)('$name', (tried) => {
  const text = tried.prefix + textOf(tokens)

  test('any single fault at any call leaves the text exact, the message closed, and breaks no rule', async () => {
    const { calls } = await deliver(tried, '', 0)

    for (const fault of survivableFaults) {
      for (const [command, count] of countedBy(calls.map(({ command }) => command))) {
        for (let index = 0; index < count; index += 1) {
          const result = await deliver(tried, command, index, fault)

          const where = `${JSON.stringify(fault)} at ${command} ${index}`
          expect(result, where).toMatchObject({ open: 0, violations: [], inDoubt: 0 })
          expect(result.status, where).toBe('finished')
          expect(carries(result.texts, text), where).toBe(true)
        }
      }
    }
  }, 300_000)
})

const countedBy = (names: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
