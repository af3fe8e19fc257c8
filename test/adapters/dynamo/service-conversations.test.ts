import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoHistory } from '../../../lib/adapters/dynamo/history.ts'
import { dynamoServiceConversations } from '../../../lib/adapters/dynamo/service-conversations.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { memoryServiceConversations } from '../../../local/memory/service-conversations.ts'
import { type DynamoWorld, startDynamoWorld } from '../../support/stores.ts'

const T = 1_700_000_000_000
const HOUR_MS = 3_600_000
let nowMs = T
const clock = { now: () => nowMs }
const conversationTo = (to: string) => ({ from: '@RBT#bot', to })

let world: DynamoWorld
beforeAll(async () => {
  world = await startDynamoWorld('dynalite')
})
afterAll(() => world.close())

const stores = {
  'in memory': () => memoryServiceConversations({ clock, hours: 24 }),
  DynamoDB: () =>
    dynamoServiceConversations({ call: world.call, table: 'replies', clock, hours: 24 }),
}

describe.each(Object.entries(stores))('what a service knows conversations by: %s', (name, open) => {
  const at = (user: string) => conversationTo(`${name} ${user}`)

  it('is kept for each conversation, and the newest counts', async () => {
    const store = open()

    await store.keep(at('alice'), 'Dify a-1')
    await store.keep(at('bob'), 'Dify b-1')
    await store.keep(at('alice'), 'Dify a-2')

    expect(await store.recall(at('alice'))).toBe('Dify a-2')
    expect(await store.recall(at('bob'))).toBe('Dify b-1')
    expect(await store.recall(at('carol'))).toBeUndefined()
  })

  it('is forgotten so many hours after the last turn', async () => {
    const store = open()
    await store.keep(at('dave'), 'Dify d-1')

    nowMs = T + 23 * HOUR_MS
    await store.keep(at('dave'), 'Dify d-1')
    nowMs = T + 46 * HOUR_MS
    expect(await store.recall(at('dave'))).toBe('Dify d-1')
    nowMs = T + 47 * HOUR_MS
    expect(await store.recall(at('dave'))).toBeUndefined()
    nowMs = T
  })
})

it('stands where a history would: a source that needs one begins anew after a service, and the other way round', async () => {
  const names = stores.DynamoDB()
  const history = dynamoHistory({
    call: world.call,
    table: 'replies',
    clock,
    maxTurns: 5,
    hours: 24,
  })
  const erin = conversationTo('erin')
  const turn = { replyId: 'turn:1' as ReplyId, asked: 'why', answered: 'because' }

  await history.remember(erin, turn)
  expect(await names.recall(erin)).toBeUndefined()
  await names.keep(erin, 'Dify e-1')
  expect(await history.recall(erin)).toEqual([])
  await history.remember(erin, turn)
  expect(await history.recall(erin)).toEqual([turn])
  expect(await names.recall(erin)).toBeUndefined()

  await names.keep(erin, 'Dify e-2')
  await history.forget(erin)
  expect(await names.recall(erin)).toBeUndefined()
})
