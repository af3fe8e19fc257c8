import { expect, test } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { ReplyStore } from '../../lib/ports.ts'
import { takeUpReply } from '../../lib/reply/resume.ts'
import { cancelReply } from '../../lib/use-cases/cancel-reply.ts'
import { pushChunk } from '../../lib/use-cases/push-chunk.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { conversation, deliveryWorld, settings } from '../support/delivery-world.ts'
import { never } from '../support/unhurried.ts'

const replyId = 'reply-1' as ReplyId
const signals = { startBy: never, handOver: never, deadline: never }

/** The names of the methods that were called. */
const watched = (store: ReplyStore) => {
  const calls: string[] = []
  const methods = Object.entries(store).map(([name, method]) => [
    name,
    (...args: unknown[]) => {
      calls.push(name)
      return Reflect.apply(method, undefined, args)
    },
  ])
  return { calls, store: Object.fromEntries(methods) as ReplyStore }
}

/** A reply whose chunk 1 came first: nobody knows yet whom it is for. */
const unaddressed = async () => {
  const world = deliveryWorld()
  const { calls, store } = watched(memoryReplyStore({ clock: world.clock, latencyMs: 2 }))
  const deps = { ...world.deps, store }
  const chunk = { seq: 1, text: 'and more', finish: true }
  await world.run(pushChunk(deps, settings, replyId, chunk, signals))
  calls.length = 0
  return { world, deps, calls }
}

test('a reply that is cancelled before its first chunk has come ends at once, as interrupted', async () => {
  const { world, deps, calls } = await unaddressed()

  const cancelled = cancelReply(deps, settings, replyId, signals).then((record) => record?.status)
  const inTime = world.clock.sleep(5_000).then(() => 'still at it')
  const outcome = await world.run(Promise.race([cancelled, inTime]))

  console.info(`cancel before the first chunk: ${calls.length} table calls`)
  expect(outcome).toBe('interrupted')
  expect(calls).toEqual(['requestCancel', 'takeOver', 'end'])
  expect(world.sends()).toEqual([])
})

test('a cancel that comes while the holder gives the reply up ends it in the same way', async () => {
  const { world, deps, calls } = await unaddressed()
  const { release, requestCancel } = deps.store
  const crossed: ReplyStore['release'] = async (...write) => {
    await requestCancel(replyId)
    return release(...write)
  }

  const crossing = { ...deps, store: { ...deps.store, release: crossed } }
  const takenUp = takeUpReply(crossing, settings, replyId, signals)
  await world.run(Promise.race([takenUp, world.clock.sleep(5_000)]))

  expect((await world.run(deps.store.read(replyId)))?.status).toBe('interrupted')
  expect(calls.length).toBeLessThan(12)
})

test('a chunk that comes after such a cancel finds the reply ended', async () => {
  const { world, deps } = await unaddressed()
  await world.run(cancelReply(deps, settings, replyId, signals))

  const first = { seq: 0, text: 'Text ', finish: false, conversation }
  const pushed = await world.run(pushChunk(deps, settings, replyId, first, signals))

  expect(pushed.outcome).toBe('ended')
  expect(world.sends()).toEqual([])
})
