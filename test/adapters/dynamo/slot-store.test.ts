import { afterAll, beforeAll, expect, test } from 'vitest'
import { dynamoSlotStore } from '../../../lib/adapters/dynamo/slot-store.ts'
import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { memorySlotStore } from '../../../local/memory/slot-store.ts'
import { slotStoreContract } from '../../contracts/slot-store.contract.ts'
import {
  type DynamoWorld,
  logged,
  losingFirstAnswers,
  startDynamoWorld,
} from '../../support/stores.ts'

const table = 'replies'
const engines: DynamoEngine[] =
  dynoxidePath() === undefined ? ['dynalite'] : ['dynalite', 'dynoxide']
const engine = engines.at(-1) ?? 'dynalite'

slotStoreContract('in memory', async () => {
  const book = memorySlotStore()
  return { newStore: () => book, close: async () => {} }
})

for (const each of engines) {
  slotStoreContract(`DynamoDB (${each})`, async () => {
    const { call, close } = await startDynamoWorld(each)
    return { newStore: () => dynamoSlotStore({ call, table }), close }
  })
}

let world: DynamoWorld
beforeAll(async () => {
  world = await startDynamoWorld(engine)
})
afterAll(() => world.close())

const T = 1_700_000_000_000
const never = new AbortController().signal
const calls = (nowMs: number, spanMs: number, latestMs = Number.POSITIVE_INFINITY) =>
  ({ schedule: 'calls', nowMs, spanMs, latestMs }) as const

test('a reservation is one write, idle or busy, once this process knows which', async () => {
  const log: string[] = []
  const book = dynamoSlotStore({ call: logged(log)(world.call), table })

  await book.reserve(calls(T, 100), never)
  await book.reserve(calls(T + 10, 100), never)
  await book.reserve(calls(T + 1_000, 100), never)

  expect(log).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
})

test('the item holds its key and where its free slots begin, and nothing else', async () => {
  const book = dynamoSlotStore({ call: world.call, table })
  const nowMs = T + 1e6

  await book.reserve(calls(nowMs, 10 / 3), never)
  await book.reserve(calls(nowMs, 10 / 3), never)

  const answer = await world.call('DynamoDB_20120810.GetItem', {
    TableName: table,
    Key: { pk: { S: 'budget#calls' } },
  })
  expect(answer).toEqual({
    Item: { pk: { S: 'budget#calls' }, nextAtMs: { N: `${nowMs + 6.668}` } },
  })
})

test('a write whose first answer was lost wastes its slots and gets others', async () => {
  const book = dynamoSlotStore({ call: losingFirstAnswers(world.call), table })
  const nowMs = T + 2e6

  const first = await book.reserve(calls(nowMs, 10), never)
  const second = await book.reserve(calls(nowMs, 10), never)

  expect(first?.firstAtMs).toBe(nowMs + 20)
  expect(second?.firstAtMs).toBe(nowMs + 40)
})
