import { expect, test } from 'vitest'
import { chunkTextBytes } from '../../lib/core/reply/inbox.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { never } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId
const signals = { startBy: never, handOver: never, deadline: never }
const CHUNK_CHARS = 8_192
const LAST = 20

test('text that comes faster than it can be sent is refused at 64 KiB, whoever has taken it, and arrives whole when it is pushed again', async () => {
  const world = deliveryWorld()
  const { clock, deps } = world
  const slow = { ...settings, minGapMs: 2_000 }
  const texts = Array.from(
    { length: LAST + 1 },
    (_, seq) => `${String(seq).padStart(3, '0')} ${'word '.repeat(CHUNK_CHARS / 5)}`,
  )
  let refused = 0
  let mostBytes = 0
  const writers: Promise<unknown>[] = []
  /** Pushes a chunk until it is taken; whoever comes to drain is not waited for. */
  const push = async (seq: number): Promise<void> => {
    const chunk = { seq, text: texts[seq] ?? '', finish: seq === LAST, conversation }
    const pushed = pushChunk(deps, slow, replyId, chunk, signals)
    writers.push(pushed)
    const outcome = await Promise.race([
      pushed.then((result) => result.outcome),
      clock.sleep(50).then(() => 'draining'),
    ])
    const { inbox } = (await deps.store.read(replyId)) ?? {}
    const waiting = [inbox?.heldText ?? '', ...(inbox?.chunks.values() ?? [])]
    mostBytes = Math.max(mostBytes, chunkTextBytes(waiting.join('')))
    if (outcome !== 'full') return
    refused += 1
    await clock.sleep(1_000)
    return push(seq)
  }
  const pushAll = async () => {
    for (let seq = 0; seq <= LAST; seq += 1) await push(seq)
    await Promise.all(writers)
  }

  await world.run(pushAll())

  console.info(
    `pushed faster than sent: at most ${mostBytes} bytes in the record, ${refused} refusals`,
  )
  expect(mostBytes).toBeLessThanOrEqual(65_536)
  expect(refused).toBeGreaterThan(0)
  expect(world.text()).toBe(texts.join(''))
  expect(world.shown().every(({ finished }) => finished)).toBe(true)
})
