import { describe, expect, it } from 'vitest'
import type { Callback } from '../../lib/core/conversation/callback.ts'
import { type Turn, turnReplyId } from '../../lib/core/conversation/turn.ts'
import type { MetricValues } from '../../lib/core/metric-names.ts'
import { OutOfReach } from '../../lib/core/out-of-reach.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { MsgKey, ReplyId } from '../../lib/core/reply/reply.ts'
import { type AcceptCallbackDeps, acceptCallback } from '../../lib/use-cases/accept-callback.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { unlimitedUsers } from '../support/unlimited-users.ts'

const replyId = 'reply-1' as ReplyId
const msgKey = '1_2_3' as MsgKey
const conversation = { from: '@RBT#bot', to: 'user01' }
const turn: Turn = {
  replyId: turnReplyId(msgKey),
  conversation,
  text: 'what the user wrote',
  askedAtMs: 1_700_000_000_000,
  customData: 'what the client sent',
}
const interrupt: Callback = { kind: 'interrupt', msgKey, conversation }

/** A store with one open reply, a queue that is a list, and a clock whose every wait is noted and then over. */
const startWorld = async ({ claimed = true } = {}) => {
  const store = memoryReplyStore()
  await store.begin(
    {
      replyId,
      kind: 'turn',
      conversation,
      createdAtMs: 0,
      progress: unsentProgress(0),
      piecewise: false,
    },
    1_000,
  )
  if (claimed) await store.claimMessage(msgKey, replyId, conversation)
  const enqueued: Turn[] = []
  const waits: number[] = []
  const logged: string[] = []
  const recorded: MetricValues[] = []
  const log = (event: string, fields: object = {}): void => {
    logged.push(`${event} ${JSON.stringify(fields)}`)
  }
  const deps = {
    store,
    ...unlimitedUsers(),
    turnQueue: {
      answerLater: async (asked: Turn) => {
        enqueued.push(asked)
      },
    },
    clock: {
      now: () => turn.askedAtMs + 140,
      sleep: async (ms: number) => {
        waits.push(ms)
      },
    },
    log: { info: log, warn: log },
    metrics: {
      record: (values: MetricValues) => {
        recorded.push(values)
      },
    },
  }
  return {
    recorded,
    store,
    enqueued,
    waits,
    logged,
    accept: (callback: Callback, other: Partial<AcceptCallbackDeps> = {}) =>
      acceptCallback({ ...deps, ...other }, callback),
    isCancelled: async () => (await store.read(replyId))?.cancelRequested,
  }
}

describe('a turn', () => {
  it('is handed to the worker, and the log says which reply that is and not what was written', async () => {
    const world = await startWorld()

    expect(await world.accept({ kind: 'turn', turn })).toBe('enqueued')

    expect(world.enqueued).toEqual([turn])
    expect(world.logged).toEqual(['turn-enqueued {"replyId":"turn:1_2_3"}'])
    expect(world.recorded).toEqual([{ CallbackMs: 140 }])
  })

  it('that the queue does not take is not called accepted', async () => {
    const world = await startWorld()
    const turnQueue = { answerLater: () => Promise.reject(new OutOfReach('queue', 'no answer')) }

    await expect(world.accept({ kind: 'turn', turn }, { turnQueue })).rejects.toThrow(OutOfReach)
    expect(world.logged).toEqual([])
  })
})

describe('an interrupt', () => {
  it('asks the writer of the reply to stop', async () => {
    const world = await startWorld()

    expect(await world.accept(interrupt)).toBe('interrupted')

    expect(await world.isCancelled()).toBe(true)
    expect(world.waits).toEqual([])
    expect(world.logged).toEqual(['interrupt-noted {"replyId":"reply-1","status":"open"}'])
  })

  it.each([
    ['another user', { ...conversation, to: 'user02' }],
    ['a user of another bot', { ...conversation, from: '@RBT#other' }],
  ])('of %s stops nothing', async (_name, other) => {
    const world = await startWorld()

    expect(await world.accept({ ...interrupt, conversation: other })).toBe('ignored')

    expect(await world.isCancelled()).toBe(false)
    expect(world.logged).toEqual([
      'interrupt-of-another-conversation {"replyId":"reply-1","msgKey":"1_2_3"}',
    ])
  })

  it('that is here before the writer has noted the message waits for whoever claims it', async () => {
    const world = await startWorld({ claimed: false })

    expect(await world.accept(interrupt)).toBe('kept')

    expect(world.waits).toEqual([])
    expect(world.logged).toEqual(['interrupt-kept {"msgKey":"1_2_3"}'])
    expect(await world.store.claimMessage(msgKey, replyId, conversation)).toBe('stopped')
  })

  it('that comes between a look and a claim still stops the reply', async () => {
    const world = await startWorld({ claimed: false })
    const findByMsgKey = async () => {
      await world.store.claimMessage(msgKey, replyId, conversation)
      return undefined
    }

    const accepted = await world.accept(interrupt, { store: { ...world.store, findByMsgKey } })

    expect(accepted).toBe('interrupted')
    expect(await world.isCancelled()).toBe(true)
  })

  it('of a reply that has ended leaves it as it is', async () => {
    const world = await startWorld()
    await world.store.end(replyId, 1, { status: 'finished', progress: unsentProgress(0) })

    expect(await world.accept(interrupt)).toBe('interrupted')

    expect(await world.isCancelled()).toBe(false)
    expect(world.logged).toEqual(['interrupt-noted {"replyId":"reply-1","status":"finished"}'])
  })

  it('that the store does not take is not called accepted', async () => {
    const world = await startWorld()
    const findByMsgKey = () => Promise.reject(new OutOfReach('store', 'no answer'))

    await expect(
      world.accept(interrupt, { store: { ...world.store, findByMsgKey } }),
    ).rejects.toThrow(OutOfReach)
  })
})

describe('any other callback', () => {
  it.each<[string, Callback]>([
    [
      'message-dropped {"reason":"signal","msgKey":"1_2_3"}',
      { kind: 'dropped', reason: 'signal', msgKey },
    ],
    [
      'unknown-callback {"command":"State.StateChange"}',
      { kind: 'unknown', command: 'State.StateChange' },
    ],
    ['malformed-callback {"field":"MsgBody"}', { kind: 'malformed', field: 'MsgBody' }],
  ])('is logged as %s and left', async (line, callback) => {
    const world = await startWorld()

    expect(await world.accept(callback)).toBe('ignored')

    expect(world.logged).toEqual([line])
    expect(world.enqueued).toEqual([])
    expect(await world.isCancelled()).toBe(false)
  })
})

describe('feedback', () => {
  const feedback: Callback = { kind: 'feedback', msgKey, conversation, value: 'up' }

  it('is logged with its reply and counted, without what the user wrote', async () => {
    const world = await startWorld()

    expect(await world.accept({ ...feedback, text: 'well said' })).toBe('noted')

    expect(world.logged).toEqual(['feedback {"replyId":"reply-1","value":"up","textChars":9}'])
    expect(world.recorded).toEqual([{ ThumbsUp: 1 }])
    expect(world.enqueued).toEqual([])
  })

  it('has its words logged where texts are', async () => {
    const world = await startWorld()

    await world.accept({ ...feedback, value: 'down', text: 'not well said' }, { logsText: true })

    expect(world.logged[0]).toContain('"text":"not well said"')
    expect(world.recorded).toEqual([{ ThumbsDown: 1 }])
  })

  it.each([
    ['of a message that is nobody’s', { claimed: false }, feedback],
    ['of another conversation', {}, { ...feedback, conversation: { from: '@RBT#bot', to: 'b' } }],
  ] as const)('counts for nothing %s', async (_name, options, given) => {
    const world = await startWorld(options)

    expect(await world.accept(given)).toBe('ignored')

    expect(world.logged).toEqual(['feedback-of-no-reply {"msgKey":"1_2_3"}'])
    expect(world.recorded).toEqual([])
  })
})
