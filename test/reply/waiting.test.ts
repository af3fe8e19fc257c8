import { expect, test } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { type HeldReply, whileHeld } from '../../lib/reply/held.ts'
import { takeUpReply } from '../../lib/reply/resume.ts'
import { sendReply } from '../../lib/use-cases/send-reply.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { mortalProcess } from '../support/mortal.ts'
import { unhurried } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId

/** A reply that is held and waits. */
const held = async () => {
  const world = deliveryWorld()
  const { store, clock } = world.deps
  const chunk = { seq: 0, text: 'Text', finish: false, conversation }
  const times = { nowMs: clock.now(), leaseUntilMs: clock.now() + settings.leaseMs }
  const { record } = await store.pushChunk(replyId, chunk, times)
  const handOver = new AbortController()
  const reply = await new Promise<HeldReply>((resolve) => {
    void whileHeld(
      world.deps,
      settings,
      { ...record, conversation },
      handOver.signal,
      async (held) => {
        resolve(held)
        await new Promise<never>(() => {})
      },
    )
  })
  return { world, store, waiting: reply.waiting, handOver }
}

test('whoever waits for longer than a lease keeps it', async () => {
  const { world, store, waiting } = await held()
  const { clock } = world

  const waited = await world.run(waiting.pause(settings.leaseMs * 4))

  const record = await store.read(replyId)
  expect(waited).toBe(true)
  expect(record?.epoch).toBe(1)
  expect((record?.leaseUntilMs ?? 0) - clock.now()).toBeGreaterThan(settings.leaseMs * 0.4)
})

test.each([
  ['a stop', 'stopped'],
  ['another writer', 'superseded'],
  ['the end of the invocation', 'handedOver'],
] as const)('%s ends the waiting within two seconds, and says so', async (_, why) => {
  const { world, store, waiting, handOver } = await held()
  const { clock } = world
  const startMs = clock.now()
  const happens: Readonly<Record<typeof why, () => Promise<unknown>>> = {
    stopped: () => store.requestCancel(replyId),
    superseded: () =>
      store.takeOver(replyId, { nowMs: startMs + 99_000, leaseUntilMs: startMs + 120_000 }),
    handedOver: async () => handOver.abort(),
  }
  void clock.sleep(4_200).then(happens[why])

  const waited = await world.run(waiting.pause(60_000))

  expect(waited).toBe(false)
  expect(waiting.ends()).toBe(why)
  expect(clock.now() - startMs).toBeLessThanOrEqual(4_200 + 2_000)
})

test('a stop that was noticed ends no further waiting: the message has yet to be closed', async () => {
  const { world, store, waiting } = await held()
  await store.requestCancel(replyId)
  await world.run(waiting.pause(5_000))

  waiting.noticeStop()

  expect(await world.run(waiting.pause(5_000))).toBe(true)
})

test('a writer whose invocation ends while it looks where the last one died leaves that to the next', async () => {
  const world = deliveryWorld()
  const text = Array.from({ length: 9 }, (_, n) => `piece ${n}, `)
  const reply = { replyId, conversation, pieces: text, piecewise: true }
  const { deps, death } = mortalProcess(world.deps, { chunk: 3, after: 'call', awaits: 1 })
  const leased = { ...settings, leaseMs: 2_000 }
  await world.run(Promise.race([sendReply(deps, leased, reply, unhurried), death]))
  await world.run(world.clock.sleep(2_001))
  const handOver = new AbortController()
  const startMs = world.clock.now()
  void world.clock.sleep(300).then(() => handOver.abort())

  const signals = { ...unhurried, handOver: handOver.signal }
  const left = await world.run(takeUpReply(world.deps, leased, replyId, signals))
  const tookMs = world.clock.now() - startMs
  await world.run(world.clock.sleep(leased.leaseMs + 1))
  const receipt = await world.run(takeUpReply(world.deps, leased, replyId, unhurried))

  expect(left).toMatchObject({ how: 'handedOver', settled: false })
  // One more look, which may find what is missing.
  expect(tookMs).toBeLessThanOrEqual(300 + 80)
  expect(receipt?.status).toBe('finished')
  expect(world.text()).toBe(text.join(''))
})
