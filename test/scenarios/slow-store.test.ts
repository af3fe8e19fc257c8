import { expect, it } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { ReplyStore } from '../../lib/ports.ts'
import { takeUpReply } from '../../lib/reply/resume.ts'
import type { WriterDeps } from '../../lib/reply/writer-deps.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { never } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId
const pieces = Array.from({ length: 14 }, (_, n) => `piece ${n}, `)
const signals = { handOver: never, startBy: never, deadline: never }

/** The same store, whose progress writes take so long. */
const slowed = (store: ReplyStore, clock: WriterDeps['clock'], ms: number): ReplyStore => ({
  ...store,
  record: async (...write) => {
    await clock.sleep(ms)
    return store.record(...write)
  },
})

it.each([0, 100, 300, 600])(
  'with a table that takes %i ms a write, a writer that dies leaves one chunk in doubt at most',
  async (ms) => {
    for (let chunk = 1; chunk < pieces.length; chunk += 1) {
      const world = deliveryWorld({ rules: { readBack: 'refused' } })
      const deps = { ...world.deps, store: slowed(world.deps.store, world.clock, ms) }
      const mortal = mortalProcess(deps, { chunk, after: 'answer', awaits: 1 })
      const reply = { replyId, conversation, pieces, piecewise: true }
      const sending = sendReply(mortal.deps, settings, reply, signals)
      await world.run(Promise.race([sending, mortal.death]))
      await world.run(world.clock.sleep(settings.leaseMs * 2))

      const next = takeUpReply(world.deps, settings, replyId, signals)
      const receipt = await world.run(next)

      const shown = world.text()
      const twice = pieces.filter((piece) => shown.split(piece).length > 2)
      expect(pieces.filter((piece) => !shown.includes(piece))).toEqual([])
      expect(twice.length).toBeLessThanOrEqual(1)
      if (twice.length > 0) expect(receipt?.progress.inDoubt).toBe(1)
      expect(world.shown().every(({ finished }) => finished)).toBe(true)
    }
  },
)
