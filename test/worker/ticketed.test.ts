import { describe, expect, it } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { BatchWork } from '../../lib/worker/batch.ts'
import { workTicketed } from '../../lib/worker/ticketed.ts'
import { memoryTicketLock } from '../../local/memory/ticket-lock.ts'
import { never } from '../support/unhurried.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const conversation = { from: '@RBT#bot', to: 'user01' }
const turn = {
  replyId: 'turn:1_2_3' as ReplyId,
  conversation,
  text: 'secret question',
  askedAtMs: 1_700_000_000_000,
}
const settings = { leaseMs: 15_000 }

const world = (answer: BatchWork['answer'] = async () => ({ done: true })) => {
  const clock = virtualClock()
  const lock = memoryTicketLock()
  const again: object[] = []
  const log: unknown[] = []
  const note = (event: string, fields?: object) => log.push({ event, ...fields })
  const deps = {
    lock,
    clock,
    random: () => 0.5,
    log: { info: note, warn: note },
    invoke: async (event: object) => {
      again.push(event)
    },
  }
  const work = { answer, continueReply: async () => undefined }
  return {
    clock,
    lock,
    again,
    log,
    run: (event: unknown, startBy = never) => {
      const signals = { startBy, handOver: never, deadline: never }
      return clock.run(workTicketed(deps, settings, event, work, signals))
    },
  }
}

describe('the message that an invocation was made with', () => {
  it('is worked on, and then the next one of its conversation', async () => {
    const { run, lock, clock, log } = world()
    const ticket = await lock.queueUp(conversation, clock.now())
    const next = await lock.queueUp(conversation, clock.now())

    await run({ kind: 'turn', turn, ticket })
    await run({ kind: 'continuation', replyId: 'order-17', ticket: next })

    expect(log).toEqual([{ event: 'continued', replyId: 'order-17', how: 'held' }])
  })

  it('is worked on by another invocation, in the same ticket, where no time is left', async () => {
    const { run, lock, clock, again } = world()
    await lock.queueUp(conversation, clock.now())
    const ticket = await lock.queueUp(conversation, clock.now())
    const event = { kind: 'turn', turn, ticket }

    await run(event, AbortSignal.abort())

    expect(again).toEqual([{ ...event, successor: { id: expect.any(String), isWoken: false } }])
  })

  it('is left to the platform where a try fails, with a lock in the log that shows no text', async () => {
    const { run, lock, clock, log } = world(() => Promise.reject(new Error('no table')))
    const ticket = await lock.queueUp(conversation, clock.now())

    await expect(run({ kind: 'turn', turn, ticket })).rejects.toThrow('no table')

    expect(log).toEqual([{ event: 'turn-failed', replyId: 'turn:1_2_3', error: 'Error: no table' }])
  })

  it('is none where nobody of the program wrote it, and that is logged', async () => {
    const { run, log } = world()

    await run({ kind: 'turn' })

    expect(log).toEqual([{ event: 'unknown-message' }])
  })
})
