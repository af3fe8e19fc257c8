import { expect, test } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { never } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId
const LAST = 40

test.each([1_000, 1_500, 2_500, 15_000])(
  'with a lease of %i ms pushes that keep coming do not keep a dead writer from being followed',
  async (leaseMs) => {
    const world = deliveryWorld()
    const push = (deps: WriterDeps, seq: number) => {
      const chunk = { seq, text: `chunk ${seq} `, finish: seq === LAST, conversation }
      const signals = { startBy: never, handOver: never, deadline: never }
      return pushChunk(deps, { ...settings, leaseMs }, replyId, chunk, signals)
    }
    const mortal = mortalProcess(world.deps, { chunk: 0, after: 'answer', awaits: 0 })
    await world.run(Promise.race([push(mortal.deps, 0), mortal.death]))
    const diedAtMs = world.clock.now()

    const pushes: Promise<unknown>[] = []
    for (let seq = 1; seq <= LAST; seq += 1) {
      await world.run(world.clock.sleep(1_000))
      pushes.push(push(world.deps, seq))
    }
    await world.run(Promise.all(pushes))

    const next = world.sends()[1]
    // The lease has to run out, and the dead writer's last call to be over; then the next push comes.
    expect((next?.startedAtMs ?? Number.NaN) - diedAtMs).toBeLessThan(leaseMs + 3_200 + 1_000)
    expect(world.text()).toBe(
      Array.from({ length: LAST + 1 }, (_, seq) => `chunk ${seq} `).join(''),
    )
    expect(world.shown().map(({ finished }) => finished)).toEqual([true])
  },
)
