import { describe, expect, it } from 'vitest'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import type { InvocationSignals, Log, QueueReceipts } from '../../lib/ports.ts'
import type { TurnOutcome } from '../../lib/use-cases/run-turn.ts'
import { type BatchWork, type QueuedMessage, workBatch } from '../../lib/worker/batch.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const LEASE_MS = 15_000
const done: TurnOutcome = { done: true }

/** How long a message takes, and what comes of it. */
interface Script {
  readonly takesMs?: number
  readonly outcome?: TurnOutcome | Error
}

interface BatchOptions {
  /** By the name of a message; one that is not here is done at once. */
  readonly scripts?: Readonly<Record<string, Script>>
  readonly lastStartMs?: number
  readonly handOverMs?: number
  readonly receipts?: Partial<QueueReceipts>
}

/** A message whose receipt handle is its name. */
const message = (group: string, name: string, body: object, receiveCount = 1): QueuedMessage => ({
  messageId: `id-${name}`,
  receiptHandle: name,
  group,
  body: JSON.stringify(body),
  receiveCount,
})

const turn = (group: string, name: string, receiveCount?: number): QueuedMessage => {
  const conversation = { from: '@RBT#bot', to: group }
  const asked = { replyId: `turn:${name}`, conversation, text: name, askedAtMs: 0 }
  return message(group, name, { kind: 'turn', turn: asked }, receiveCount)
}

const continuation = (group: string, name: string): QueuedMessage =>
  message(group, name, { kind: 'continuation', replyId: name })

/** Works on a batch in virtual time; `events` is what happened, each with its time in ms. */
const work = async (messages: readonly QueuedMessage[], options: BatchOptions = {}) => {
  const clock = virtualClock(0)
  const events: string[] = []
  const logged: unknown[][] = []
  const note = (what: string) => events.push(`${clock.now()} ${what}`)
  const signalAt = (ms: number): AbortSignal => {
    const controller = new AbortController()
    if (ms === 0) controller.abort()
    else if (Number.isFinite(ms)) void clock.sleep(ms).then(() => controller.abort())
    return controller.signal
  }
  const { lastStartMs = Number.POSITIVE_INFINITY, handOverMs = Number.POSITIVE_INFINITY } = options
  const signals: InvocationSignals = {
    startBy: signalAt(lastStartMs),
    handOver: signalAt(handOverMs),
    deadline: signalAt(Number.POSITIVE_INFINITY),
  }
  const receipts: QueueReceipts = {
    async hideFor(handles, ms) {
      if (handles.length > 0) note(`hide ${handles.join(' ')} for ${ms}`)
    },
    async remove(handle) {
      note(`remove ${handle}`)
    },
    ...options.receipts,
  }
  const play = async (name: string): Promise<TurnOutcome> => {
    const { takesMs = 0, outcome = done } = options.scripts?.[name] ?? {}
    note(`begin ${name}`)
    if (takesMs > 0) await clock.sleep(takesMs)
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  const batchWork: BatchWork = {
    answer: ({ text }) => play(text),
    continueReply: async (replyId: ReplyId) => {
      await play(replyId)
      return undefined
    },
  }
  const log: Log = {
    info: (...line) => logged.push(line),
    warn: (...line) => logged.push(line),
  }

  const batch = workBatch(
    { clock, log, receipts },
    { leaseMs: LEASE_MS },
    messages,
    batchWork,
    signals,
  )
  const again = await clock.run(batch)
  return { again, events, logged, clock }
}

const withoutHiding = (events: readonly string[]) =>
  events.filter((event) => !event.endsWith('for 30000'))

describe('a batch of the queue', () => {
  it('is worked on several conversations at once, each in order', async () => {
    const { again, events } = await work(
      [turn('anna', 'a1'), turn('ben', 'b1'), turn('anna', 'a2'), continuation('ben', 'b2')],
      { scripts: { a1: { takesMs: 4_000 }, b1: { takesMs: 1_000 }, b2: { takesMs: 1_000 } } },
    )

    expect(again).toEqual([])
    expect(events).toEqual([
      '0 hide a1 b1 a2 b2 for 30000',
      '0 begin a1',
      '0 begin b1',
      '1000 remove b1',
      '1000 begin b2',
      '2000 remove b2',
      '4000 remove a1',
      '4000 begin a2',
      '4000 remove a2',
    ])
  })

  it('stays hidden as long as it is worked on, without what is done already', async () => {
    const { events, clock } = await work([turn('anna', 'a1'), turn('ben', 'b1')], {
      scripts: { a1: { takesMs: 25_000 }, b1: { takesMs: 15_000 } },
    })

    expect(events.filter((event) => event.includes('hide'))).toEqual([
      '0 hide a1 b1 for 30000',
      '10000 hide a1 b1 for 30000',
      '20000 hide a1 for 30000',
    ])
    expect(clock.pending()).toBe(0)
    expect(clock.now()).toBe(25_000)
  })

  it('leaves no heartbeat behind when all of it is done at once', async () => {
    const { clock } = await work([turn('anna', 'a1')])

    expect(clock.pending()).toBe(0)
    expect(clock.now()).toBe(0)
  })

  it('does nothing when there is nothing in it', async () => {
    expect(await work([])).toMatchObject({ again: [], events: [] })
  })
})

describe('a message that must come again', () => {
  it('comes after as long as its reply is held by another writer, and those behind it with it', async () => {
    const { again, events } = await work(
      [turn('anna', 'a1'), turn('anna', 'a2'), turn('anna', 'a3'), turn('ben', 'b1')],
      { scripts: { a1: { outcome: { done: false, retryAfterMs: 7_500 } } } },
    )

    expect(again).toEqual(['id-a1', 'id-a2', 'id-a3'])
    expect(withoutHiding(events)).toEqual([
      '0 begin a1',
      '0 begin b1',
      '0 hide a2 a3 for 0',
      '0 remove b1',
      '0 hide a1 for 7500',
    ])
  })

  it('is no longer hidden while others of the batch go on', async () => {
    const { events } = await work([turn('anna', 'a1'), turn('ben', 'b1')], {
      scripts: { a1: { outcome: { done: false, retryAfterMs: 500 } }, b1: { takesMs: 12_000 } },
    })

    expect(events.filter((event) => event.includes('hide'))).toEqual([
      '0 hide a1 b1 for 30000',
      '0 hide a1 for 500',
      '10000 hide b1 for 30000',
    ])
  })

  it.each([
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [6, 30_000],
    [15, 30_000],
  ])('because it failed waits longer each time: the time %i for %i ms', async (count, waitMs) => {
    const { again, events, logged } = await work(
      [turn('anna', 'a1', count), turn('anna', 'a2', count)],
      { scripts: { a1: { outcome: new Error('store out of reach') } } },
    )

    expect(again).toEqual(['id-a1', 'id-a2'])
    expect(events.slice(-2)).toEqual(['0 hide a2 for 0', `0 hide a1 for ${waitMs}`])
    expect(logged).toEqual([
      ['turn-failed', { replyId: 'turn:a1', error: 'Error: store out of reach' }],
    ])
  })

  it('because nobody here wrote it comes at once, and keeps none of its conversation waiting', async () => {
    const strange = message('anna', 'a1', { kind: 'unknown' })

    const { again, events, logged } = await work([strange, turn('anna', 'a2'), turn('ben', 'b1')])

    expect(again).toEqual(['id-a1'])
    expect(events).toContain('0 hide a1 for 0')
    expect(events).toContain('0 remove a2')
    expect(events).toContain('0 remove b1')
    expect(logged).toEqual([['unknown-message', { messageId: 'id-a1' }]])
  })

  it('is not hidden by a heartbeat that was under way when it was given back', async () => {
    const arrived: string[] = []
    let answerFirst = () => {}
    const receipts: Partial<QueueReceipts> = {
      hideFor: (handles, ms) =>
        new Promise((resolve) => {
          const arrive = () => {
            if (handles.length > 0) arrived.push(`hide ${handles.join(' ')} for ${ms}`)
            resolve()
          }
          if (ms < 30_000) arrive()
          else answerFirst = arrive
        }),
    }
    const outcome: TurnOutcome = { done: false, retryAfterMs: 100 }

    const working = work([turn('anna', 'a1')], { receipts, scripts: { a1: { outcome } } })
    await new Promise((resolve) => setImmediate(resolve))
    answerFirst()
    await working

    expect(arrived).toEqual(['hide a1 for 30000', 'hide a1 for 100'])
  })
})

describe('a continuation', () => {
  it('is done when another writer holds its reply', async () => {
    const { again, events, logged } = await work([continuation('anna', 'reply-1')])

    expect(again).toEqual([])
    expect(withoutHiding(events)).toEqual(['0 begin reply-1', '0 remove reply-1'])
    expect(logged).toEqual([['continued', { replyId: 'reply-1', how: 'held' }]])
  })

  it('comes again when it fails', async () => {
    const scripts = { 'reply-1': { outcome: new Error('store out of reach') } }

    const { again, logged } = await work([continuation('anna', 'reply-1')], { scripts })

    expect(again).toEqual(['id-reply-1'])
    expect(logged).toEqual([
      ['not-continued', { replyId: 'reply-1', error: 'Error: store out of reach' }],
    ])
  })
})

describe('the time of an invocation', () => {
  const turns = [turn('anna', 'a1'), turn('anna', 'a2'), turn('anna', 'a3'), turn('ben', 'b1')]

  it('lets no second message of a conversation begin when half of it is over', async () => {
    const { again, events } = await work(turns, {
      lastStartMs: 5_000,
      handOverMs: 10_000,
      scripts: { a1: { takesMs: 4_000 }, a2: { takesMs: 4_000 }, b1: { takesMs: 9_000 } },
    })

    expect(again).toEqual(['id-a3'])
    expect(withoutHiding(events)).toEqual([
      '0 begin a1',
      '0 begin b1',
      '4000 remove a1',
      '4000 begin a2',
      '8000 remove a2',
      '8000 hide a3 for 0',
      '9000 remove b1',
    ])
  })

  it('lets the first of each begin until things must be brought in order', async () => {
    const { again } = await work(turns, { lastStartMs: 0 })

    expect(again).toEqual(['id-a2', 'id-a3'])
  })

  it('lets none begin after that', async () => {
    const { again, events } = await work(turns, { lastStartMs: 0, handOverMs: 0 })

    expect(again).toEqual(['id-a1', 'id-a2', 'id-a3', 'id-b1'])
    expect(events.filter((event) => event.includes('begin'))).toEqual([])
    expect(events.filter((event) => event.endsWith('for 0')).join()).toMatch(/a1.*b1|b1.*a1/)
  })
})
