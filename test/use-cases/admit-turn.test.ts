import { describe, expect, it } from 'vitest'
import type { Turn } from '../../lib/core/conversation/turn.ts'
import type { MetricValues } from '../../lib/core/metric-names.ts'
import { OutOfReach } from '../../lib/core/out-of-reach.ts'
import { unsentProgress } from '../../lib/core/reply/message.ts'
import type { ReplyId } from '../../lib/core/reply/reply.ts'
import { acceptCallback } from '../../lib/use-cases/accept-callback.ts'
import { memoryReplyStore } from '../../local/memory/reply-store.ts'
import { memoryUserRecords } from '../../local/memory/user-records.ts'

const T = 1_700_000_000_000
const conversation = { from: '@RBT#bot', to: 'alice' }
const turnOf = (n: number, atMs = T + n, changes: Partial<Turn> = {}): Turn => ({
  replyId: `turn:${n}_2_1700000000` as ReplyId,
  conversation,
  text: `question ${n}`,
  askedAtMs: atMs,
  ...changes,
})

const startWorld = ({ perMinute = 0, perDay = 0 } = {}) => {
  let nowMs = T
  const clock = { now: () => nowMs, sleep: async () => {} }
  const store = memoryReplyStore()
  const users = memoryUserRecords({ clock })
  const enqueued: Turn[] = []
  const logged: string[] = []
  const recorded: MetricValues[] = []
  const note = (event: string, fields: object = {}) =>
    logged.push(`${event} ${JSON.stringify(fields)}`)
  const deps = {
    store,
    users,
    clock,
    limitsOf: () => ({ perMinute, perDay }),
    turnQueue: {
      answerLater: async (turn: Turn): Promise<void> => {
        enqueued.push(turn)
      },
    },
    log: { info: note, warn: note },
    metrics: { record: (values: MetricValues) => void recorded.push(values) },
  }
  const begin = ({ replyId, askedAtMs }: Turn) => {
    const progress = unsentProgress(askedAtMs)
    const reply = { replyId, conversation, createdAtMs: T, progress, piecewise: false }
    return store.begin({ ...reply, kind: 'turn' }, T + 1_000)
  }
  return {
    store,
    users,
    logged,
    recorded,
    enqueued,
    begin,
    setNow: (ms: number) => {
      nowMs = ms
    },
    write: (turn: Turn, other: Partial<typeof deps> = {}) =>
      acceptCallback({ ...deps, ...other }, { kind: 'turn', turn }),
    asides: () => enqueued.map(({ aside }) => aside ?? 'asked'),
  }
}

describe('a user who writes much', () => {
  it('is answered as busy beyond the limit of a minute, and asked again after it', async () => {
    const world = startWorld({ perMinute: 2 })

    for (const n of [1, 2, 3, 4]) await world.write(turnOf(n))
    await world.write(turnOf(5, T + 60_001))

    expect(world.asides()).toEqual(['asked', 'asked', 'busy', 'busy', 'asked'])
    expect(world.recorded.filter(({ TurnsOverLimit: over }) => over === 1)).toHaveLength(2)
    expect(world.logged).toContain(
      'turn-over-limit {"replyId":"turn:3_2_1700000000","why":"minute"}',
    )
  })

  it('is counted once for a callback that comes twice', async () => {
    const world = startWorld({ perMinute: 2 })

    for (const n of [1, 1, 1, 2, 2]) await world.write(turnOf(n))

    expect(world.asides()).toEqual(['asked', 'asked', 'asked', 'asked', 'asked'])
    await world.write(turnOf(3))
    expect(world.asides().at(-1)).toBe('busy')
  })

  it('is let in as often as the limit says, though ten messages come at a time', async () => {
    const world = startWorld({ perMinute: 20 })
    // A worker that begins whatever comes.
    const turnQueue = {
      answerLater: async (turn: Turn) => {
        world.enqueued.push(turn)
        await world.begin(turn)
      },
    }
    const messages = Array.from({ length: 300 }, (_, n) => turnOf(n))

    for (let at = 0; at < 300; at += 10) {
      await Promise.all(messages.slice(at, at + 10).map((turn) => world.write(turn, { turnQueue })))
    }

    expect(world.asides().filter((aside) => aside === 'asked')).toHaveLength(20)
    expect(world.enqueued).toHaveLength(300)
  })

  it('keeps nobody else from an answer', async () => {
    const world = startWorld({ perMinute: 1 })
    await world.write(turnOf(1))
    await world.write(turnOf(2))

    await world.write(turnOf(3, T, { conversation: { from: '@RBT#bot', to: 'ben' } }))

    expect(world.asides()).toEqual(['asked', 'busy', 'asked'])
  })

  it('has ten messages wait at most: the eleventh is answered at once', async () => {
    const world = startWorld()

    for (let n = 1; n <= 12; n += 1) await world.write(turnOf(n))
    expect(world.asides()).toEqual([...Array<string>(10).fill('asked'), 'busy', 'busy'])

    await world.begin(turnOf(1))
    await world.write(turnOf(13))
    await world.write(turnOf(14))
    expect(world.asides().slice(12)).toEqual(['asked', 'busy'])
  })

  it.each(['note', 'drop', 'claimPauseNotice'] as const)(
    'is asked where nobody can be: %s',
    async (method) => {
      const world = startWorld({ perMinute: 1 })
      const failing = () => Promise.reject(new OutOfReach('store', 'no answer'))

      await world.write(turnOf(1))
      await world.write(turnOf(2), { users: { ...world.users, [method]: failing } })

      expect(world.enqueued).toHaveLength(2)
      expect(world.asides()[1]).toBe(method === 'note' ? 'asked' : 'busy')
    },
  )
})

describe('a conversation that a person has taken over', () => {
  it('has its first turn told so, and none asked until the pause is over', async () => {
    const world = startWorld()
    await world.users.pause(conversation, T + 60_000)

    await world.write(turnOf(1))
    await world.write(turnOf(2))
    await world.write(turnOf(1))

    expect(world.asides()).toEqual(['paused', 'paused'])
    expect(world.enqueued.map(({ replyId }) => replyId)).toEqual([
      turnOf(1).replyId,
      turnOf(1).replyId,
    ])
    expect(world.logged).toContain(
      'turn-paused {"replyId":"turn:2_2_1700000000","from":"@RBT#bot","to":"alice","pausedUntilMs":1700000060000,"answered":false}',
    )
    world.setNow(T + 60_000)
    await world.write(turnOf(3))
    expect(world.asides().at(-1)).toBe('asked')
  })

  it('uses up nothing of what its user may ask', async () => {
    const world = startWorld({ perMinute: 1 })
    await world.users.pause(conversation, T + 60_000)
    for (const n of [1, 2, 3]) await world.write(turnOf(n))

    await world.users.resume(conversation)
    await world.write(turnOf(4))

    expect(world.asides()).toEqual(['paused', 'asked'])
  })
})
