import { expect, test } from 'vitest'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { DEFAULT_NOTICES } from '../../../lib/core/reply/notice.ts'
import type { MsgKey, ReplyId } from '../../../lib/core/reply/reply.ts'
import type { ReplySource, ReplyStore } from '../../../lib/ports.ts'
import { takeUpReply } from '../../../lib/reply/resume.ts'
import { cancelReply } from '../../../lib/use-cases/cancel-reply.ts'
import { pushChunk } from '../../../lib/use-cases/push-chunk.ts'
import { conversation, settings, turn, turnWorld } from '../../support/delivery-world.ts'
import { mortalProcess } from '../../support/mortal.ts'
import { unhurried } from '../../support/unhurried.ts'

const { failed, interrupted } = DEFAULT_NOTICES

test('a first message that was full at once is not taken for the whole answer of a worker that died at it', async () => {
  const long = 'a sentence of some words. '.repeat(600)
  const source: ReplySource = () =>
    (async function* () {
      yield long
    })()
  for (let awaits = 1; awaits < 5; awaits += 1) {
    const world = turnWorld()
    const process = mortalProcess(world.deps, { chunk: 0, after: 'call', awaits })

    await world.dyingWorker(process, source)
    await world.run(world.clock.sleep(settings.leaseMs * 2))
    await world.answer()

    const record = await world.deps.store.read(turn.replyId)
    expect(record, `${awaits} awaits`).toMatchObject({
      status: 'failed',
      failure: { reason: 'orphaned' },
    })
    const [first = '', second = ''] = world.shown().map(({ text }) => text)
    expect(long.startsWith(first)).toBe(true)
    expect(second.endsWith(failed)).toBe(true)
    expect(world.finished()).toEqual([true, true])
  }
})

test('a message that a notice alone opened and closed is one of the reply whose writer died at it', async () => {
  const replyId = 'pushed' as ReplyId
  for (let awaits = 1; awaits < 4; awaits += 1) {
    const world = turnWorld()
    const { deps } = world
    const chunk = { seq: 0, text: '', finish: false, conversation }
    await world.run(pushChunk(deps, settings, replyId, chunk, unhurried))
    const process = mortalProcess(deps, { chunk: 0, after: 'call', awaits })
    const cancelling = cancelReply(process.deps, settings, replyId, unhurried)
    await world.run(Promise.race([cancelling, process.death]))
    await world.run(world.clock.sleep(settings.leaseMs * 2))
    await world.run(takeUpReply(deps, settings, replyId, unhurried))

    const shown = world.shown()
    const record = await deps.store.read(replyId)
    expect(shown.map(({ text, finished }) => [text, finished])).toEqual([[interrupted, true]])
    expect(record?.progress.msgKeys).toEqual(shown.map(({ msgKey }) => msgKey))
    expect(record?.status).toBe('interrupted')
  }
})

test('a stop that waited for its message closes it as soon as its writer knows it, though the table takes no record', async () => {
  const world = turnWorld({ latencyMs: 400 })
  const { store, clock } = world.deps
  const startMs = clock.now()
  const recordless: ReplyStore = {
    ...store,
    record: async (...write) => {
      if (clock.now() > startMs + 400) throw new OutOfReach('store', 'not now')
      return store.record(...write)
    },
  }
  const kept = (async () => {
    while (world.shown().length === 0) await clock.sleep(10)
    await store.keepStop(world.shown()[0]?.msgKey as MsgKey, conversation)
  })()

  const outcome = await world.answer({ store: recordless })
  await kept

  expect(outcome).toMatchObject({ receipt: { status: 'interrupted' } })
  const [first, second, ...more] = world.sends()
  expect(more).toEqual([])
  const heardAtMs = first?.endedAtMs ?? 0
  expect((second?.startedAtMs ?? Number.POSITIVE_INFINITY) - heardAtMs).toBeLessThan(100)
})
