import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AwsCall } from '../../../lib/adapters/aws/aws-json-client.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import type { NewReply, PushedChunk } from '../../../lib/core/reply/record.ts'
import type { MsgKey, Progress, ReplyId } from '../../../lib/core/reply/reply.ts'
import { dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { type DynamoWorld, logged, startDynamoWorld } from '../../support/stores.ts'

const T = 1_700_000_000_000
const leaseUntilMs = T + 15_000
const DAY = 86_400
const conversation = { from: '@RBT#bot', to: 'user' }
const times = { nowMs: T, leaseUntilMs }

let world: DynamoWorld
beforeAll(async () => {
  world = await startDynamoWorld(dynoxidePath() === undefined ? 'dynalite' : 'dynoxide')
})
afterAll(() => world.close())

let ids = 0
const newId = (): ReplyId => {
  ids += 1
  return `dynamo-${ids}` as ReplyId
}
const progressWith = (sentChars: number): Progress => ({ ...unsentProgress(T), sentChars })
const newReply = (replyId: ReplyId, more: Partial<NewReply> = {}): NewReply => ({
  replyId,
  kind: 'turn',
  conversation,
  createdAtMs: T,
  progress: unsentProgress(T),
  piecewise: false,
  ...more,
})
const chunk = (seq: number, text: string): PushedChunk => ({
  seq,
  text,
  finish: false,
  conversation,
})

const itemOf = async (
  replyId: ReplyId,
): Promise<Readonly<Record<string, { readonly N?: string }>>> => {
  const answer = await world.call('DynamoDB_20120810.GetItem', {
    TableName: 'replies',
    Key: { pk: { S: `reply#${replyId}` } },
  })
  const { Item } = answer as { readonly Item: Readonly<Record<string, { readonly N?: string }>> }
  return Item
}

describe('the calls that each step costs', () => {
  const callsOf = async (
    steps: (store: ReturnType<DynamoWorld['newStore']>) => Promise<unknown>,
  ) => {
    const log: string[] = []
    await steps(world.newStore(logged(log)))
    return log
  }

  it('one write for the beginning, each progress and the end of a turn', async () => {
    const replyId = newId()

    const calls = await callsOf(async (store) => {
      await store.begin(newReply(replyId), leaseUntilMs)
      await store.record(replyId, 1, { progress: progressWith(1) })
      await store.record(replyId, 1, { progress: progressWith(2), leaseUntilMs: leaseUntilMs + 1 })
      await store.end(replyId, 1, { status: 'finished', progress: progressWith(3) })
    })

    expect(calls).toEqual(['PutItem', 'UpdateItem', 'UpdateItem', 'UpdateItem'])
  })

  it('one write to push, one to take what was pushed, one to let go', async () => {
    const replyId = newId()

    const calls = await callsOf(async (store) => {
      await store.pushChunk(replyId, chunk(0, 'one'), times)
      const taken = { nextSeq: 1, heldText: '' }
      await store.record(replyId, 1, { progress: progressWith(3), taken })
      await store.release(replyId, 1, { progress: progressWith(3), taken, pushes: 1, sweepAtMs: T })
    })

    expect(calls).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
  })

  it('a second write to push while somebody else drains', async () => {
    const replyId = newId()
    await world.newStore().pushChunk(replyId, chunk(0, 'one'), times)

    const calls = await callsOf((store) => store.pushChunk(replyId, chunk(1, 'two'), times))

    expect(calls).toEqual(['UpdateItem', 'UpdateItem'])
  })

  it('a look and one item more for a long text, and only the look when it is repeated', async () => {
    const reply = newReply(newId(), { kind: 'whole', pieces: ['x'.repeat(2_000)] })

    const first = await callsOf((store) => store.begin(reply, leaseUntilMs))
    const again = await callsOf((store) => store.begin(reply, leaseUntilMs))

    expect(first).toEqual(['GetItem', 'PutItem', 'PutItem'])
    expect(again).toEqual(['GetItem'])
  })

  it.skipIf(dynoxidePath() === undefined)(
    'no look where a refused write brings what it found',
    async () => {
      const turn = newReply(newId())
      const pushed = newId()
      await world.newStore().begin(turn, leaseUntilMs)
      await world.newStore().pushChunk(pushed, chunk(0, 'one'), times)

      const calls = await callsOf(async (store) => {
        const begun = await store.begin(turn, leaseUntilMs)
        expect(begun.created).toBe(false)
        expect(await store.takeOver(turn.replyId, times)).toMatchObject({ outcome: 'held' })
        expect(await store.pushChunk(pushed, chunk(0, 'one'), times)).toMatchObject({
          outcome: 'stored',
        })
        const late = { progress: progressWith(3), leaseUntilMs }
        expect(await store.record(turn.replyId, 7, late)).toEqual({ held: false })
      })

      expect(calls).toEqual(['PutItem', 'UpdateItem', 'UpdateItem', 'UpdateItem', 'UpdateItem'])
    },
  )

  it('a look to take chunks that this process never saw', async () => {
    const replyId = newId()
    await world.newStore().pushChunk(replyId, chunk(0, 'one'), times)

    const taken = { nextSeq: 1, heldText: '' }
    const calls = await callsOf((store) =>
      store.record(replyId, 1, { progress: progressWith(3), taken }),
    )

    expect(calls).toEqual(['GetItem', 'UpdateItem'])
  })
})

describe('a write whose answer was lost', () => {
  it('does not undo a newer one when it arrives late', async () => {
    const replyId = newId()
    const sent: (() => Promise<unknown>)[] = []
    const remember =
      (call: AwsCall): AwsCall =>
      (target, body) => {
        sent.push(() => call(target, body))
        return call(target, body)
      }
    const store = world.newStore(remember)
    await store.begin(newReply(replyId), leaseUntilMs)
    await store.record(replyId, 1, { progress: progressWith(1), leaseUntilMs: leaseUntilMs + 1 })
    await store.record(replyId, 1, { progress: progressWith(2), leaseUntilMs: leaseUntilMs + 2 })

    const late = await sent[1]?.().catch((error: Error) => error.name)

    expect(late).toBe('ConditionalCheckFailedException')
    expect(await store.read(replyId)).toMatchObject({
      leaseUntilMs: leaseUntilMs + 2,
      progress: { sentChars: 2 },
    })
  })

  it('was a release when it gave the lease up, whatever came after it', async () => {
    const replyId = newId()
    const store = world.newStore()
    await store.pushChunk(replyId, chunk(0, 'one'), times)
    const unlucky = world.newStore((call) => async (target, body) => {
      if (!target.endsWith('UpdateItem')) return call(target, body)
      await call(target, body)
      // What another process does before the second try.
      await store.requestCancel(replyId)
      return call(target, body)
    })

    const write = { progress: progressWith(3), pushes: 1, sweepAtMs: T }
    const outcome = await unlucky.release(replyId, 1, write)

    expect(outcome).toBe('released')
    expect(await store.read(replyId)).toMatchObject({ leaseUntilMs: 0, cancelRequested: true })
  })
})

describe('what is in the table', () => {
  it('an open reply is on the sweeper list and outlives any outage of it; an ended one leaves in three days', async () => {
    const replyId = newId()
    const store = world.newStore()

    await store.begin(newReply(replyId), leaseUntilMs)
    const open = await itemOf(replyId)
    const before = Date.now() / 1000
    await store.end(replyId, 1, { status: 'finished', progress: progressWith(3) })
    const ended = await itemOf(replyId)

    expect(open).toMatchObject({
      sweep: { S: 'open' },
      sweepAt: { N: `${leaseUntilMs}` },
      expiresAt: { N: `${leaseUntilMs / 1000 + 7 * DAY}` },
    })
    expect(Object.keys(ended)).not.toContain('sweep')
    expect(Object.keys(ended)).not.toContain('sweepAt')
    const { expiresAt } = ended
    expect(Number(expiresAt?.N)).toBeGreaterThanOrEqual(Math.floor(before) + 3 * DAY)
    expect(Number(expiresAt?.N)).toBeLessThan(before + 3 * DAY + 60)
  })

  it('a turn under way fits into one write unit', async () => {
    const replyId = newId()
    const store = world.newStore()
    const msgKey = '1234567_2890123456_1700000000' as MsgKey
    const start = unsentProgress(T)
    const message = { ...start.message, msgKey, chars: 4_000, bytes: 9_000 }

    await store.begin(newReply(replyId), leaseUntilMs)
    await store.record(replyId, 1, {
      progress: { ...start, msgKeys: [msgKey], message, calls: 36 },
    })

    const item = await itemOf(replyId)
    const bytes = Object.entries(item).map(
      ([name, value]) => name.length + Object.values(value).join('').length,
    )
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_024)
  })

  it('hundreds of chunks taken at once leave none behind', async () => {
    const replyId = newId()
    const store = world.newStore()
    await store.pushChunk(replyId, chunk(0, 'first'), times)
    for (const from of [1, 101, 201, 301]) {
      const names = Array.from({ length: 100 }, (_, n) => `c${from + n}`)
      await world.call('DynamoDB_20120810.UpdateItem', {
        TableName: 'replies',
        Key: { pk: { S: `reply#${replyId}` } },
        UpdateExpression: `SET ${names.map((name) => `${name} = :text`).join(', ')}`,
        ExpressionAttributeValues: { ':text': { S: '"later"' } },
      })
    }

    const taken = { nextSeq: 401, heldText: '' }
    await store.record(replyId, 1, { progress: progressWith(1), taken })

    const names = Object.keys(await itemOf(replyId))
    expect(names.filter((name) => /^c\d+$/.test(name))).toEqual([])
  })
})
