import { expect, test } from 'vitest'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { sweepOrphans } from '../../../lib/use-cases/sweep-orphans.ts'
import type { FaultPlan } from '../../../local/simulator/faults.ts'
import { deliveryWorld, settings } from '../../support/delivery-world.ts'
import { carries } from '../../support/shown-text.ts'
import { unhurried } from '../../support/unhurried.ts'

const text = Array.from({ length: 40 }, (_, n) => `word ${n} `).join('')

/** The service does not know the message at some of its chunks, and some of the reads that follow fail. */
const unknownAt =
  (chunks: readonly number[], reads: number): FaultPlan =>
  ({ command, index }) => {
    if (command === 'send_stream_msg' && chunks.includes(index))
      return { kind: 'code', code: 90054 }
    return command === 'admin_getroammsg' && index < reads ? { kind: 'dropBefore' } : undefined
  }

const playOut = async (faults: FaultPlan) => {
  const world = deliveryWorld({ faults })
  async function* deltas() {
    for (const word of text.match(/\S+ /g) ?? []) {
      yield word
      await world.clock.sleep(60)
    }
  }
  const receipt = await world.run(world.deliver(deltas()))
  for (let minute = 0; minute < 40; minute += 1) {
    await world.run(world.clock.sleep(61_000))
    await world.run(sweepOrphans(world.deps, settings, unhurried))
  }
  return { world, receipt }
}

test.each([1, 2, 3, 4, 9])(
  'one answer that the message is unknown, and then %i reads that fail, leave no message open and the text in one',
  async (reads) => {
    for (let chunk = 1; chunk < 8; chunk += 1) {
      const { world, receipt } = await playOut(unknownAt([chunk], reads))

      expect(receipt.status).toBe('finished')
      expect(world.text()).toBe(text)
      expect(world.shown().map(({ finished }) => finished)).toEqual([true])
    }
  },
)

test.each([5, 7])(
  'a message that stays unknown and cannot be read %i times is left, and closed once it can be',
  async (reads) => {
    const { world } = await playOut(unknownAt([2, 3], reads))

    const shown = world.shown()
    expect(shown.map(({ finished }) => finished)).toEqual([true, true])
    const [left = '', ...rest] = shown.map((message) => message.text)
    expect(carries([left.replace(/ …$/, ''), ...rest], text)).toBe(true)
    const record = await world.deps.store.read('reply-1' as ReplyId)
    expect(record?.status).toBe('finished')
    expect(await world.deps.store.listUnsettled(world.clock.now() + 1e9, 10)).toEqual([])
  },
)
