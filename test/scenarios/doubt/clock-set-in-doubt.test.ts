import { expect, test } from 'vitest'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { sendReply } from '../../../lib/use-cases/send-reply.ts'
import { faultAt } from '../../../local/simulator/faults.ts'
import { conversation, deliveryWorld, settings } from '../../support/delivery-world.ts'
import { skewedSandbox } from '../../support/skewed-sandbox.ts'
import { never } from '../../support/unhurried.ts'

const text = 'The answer is long enough for some calls, and then it ends.'

test.each([
  [-27_000, 13_200],
  [-27_000, 40_000],
  [0, 13_200],
  [20_000, 60_000],
])(
  'a clock %i ms wrong that is set by %i ms while an answer is missing: the message is found, and nothing is sent twice',
  async (aheadMs, setByMs) => {
    for (const setAfterMs of [40, 300, 1_000, 2_600, 3_100]) {
      const world = deliveryWorld({
        faults: faultAt('send_stream_msg', 0, { kind: 'dropAfter' }),
      })
      const skew = { aheadMs }
      const deps = skewedSandbox(world, skew)
      void world.clock.sleep(setAfterMs).then(() => {
        skew.aheadMs += setByMs
      })

      const replyId = 'reply-1' as ReplyId
      const reply = { replyId, conversation, pieces: [text], piecewise: false, charsPerSecond: 60 }
      const signals = { startBy: never, handOver: never, deadline: never }
      await world.run(sendReply(deps, settings, reply, signals))

      const shown = world.shown().map((message) => [message.text, message.finished])
      expect(shown).toEqual([[text, true]])
    }
  },
)
