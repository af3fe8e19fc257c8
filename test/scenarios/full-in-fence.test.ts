import { expect, test } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { sweepOrphans } from '../../lib/use-cases/sweep-orphans.ts'
import { faultAt } from '../../local/simulator/faults.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { unhurried } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId

/** Nothing but fence lines, so that a halved chunk ends inside of one. */
const text = Array.from(
  { length: 8 },
  (_, n) => `\`\`\`language-number-${n}\nline ${n}\n\`\`\`\n`,
).join('')
const words = text.match(/[a-z]+-[a-z]+-\d|line \d/g) ?? []

test('a message that is called full in a fence line is found again by whoever follows a dead writer: the rest comes in a new one', async () => {
  for (let full = 0; full < 6; full += 1) {
    for (let awaits = 0; awaits < 14; awaits += 1) {
      const world = deliveryWorld({
        faults: faultAt('send_stream_msg', full, { kind: 'code', code: 80002 }),
      })
      const death = { chunk: full + 1, after: 'call', awaits } as const
      const mortal = mortalProcess(world.deps, death)
      const reply = { replyId, conversation, pieces: [text], piecewise: false, charsPerSecond: 80 }
      const sending = sendReply(mortal.deps, settings, reply, unhurried)
      await world.run(Promise.race([sending, mortal.death]))
      await world.run(world.clock.sleep(settings.leaseMs + 100))
      await world.run(sweepOrphans(world.deps, settings, unhurried))

      const shown = world
        .shown()
        .map((message) => message.text)
        .join('')
        // A fence line that was cut is made whole again, for the words in it.
        .replaceAll(/\n?```\n?/g, '')
      const record = await world.deps.store.read(replyId)
      const where = `full at call ${full}, dead ${awaits} awaits after the next`
      expect(record?.status, where).toBe('finished')
      expect(words.filter((word) => !shown.includes(word)).length, where).toBeLessThanOrEqual(1)
      expect(shown.endsWith('line 7'), where).toBe(true)
      expect(
        world.shown().every(({ finished }) => finished),
        where,
      ).toBe(true)
    }
  }
})
