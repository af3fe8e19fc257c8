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
import { never } from '../../support/unhurried.ts'

const table = 'replies'
const engines: DynamoEngine[] =
  dynoxidePath() === undefined ? ['dynalite'] : ['dynalite', 'dynoxide']
const engine = engines.at(-1) ?? 'dynalite'

slotStoreContract('in memory', async () => {
  const slots = memorySlotStore()
  return { newStore: () => slots, close: async () => {} }
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
const calls = (nowMs: number, spanMs: number, latestMs = Number.POSITIVE_INFINITY) =>
  ({ schedule: 'calls', nowMs, spanMs, latestMs }) as const

test('a reservation is one write, idle or busy, once this process knows which', async () => {
  const log: string[] = []
  const slots = dynamoSlotStore({ call: logged(log)(world.call), table })

  await slots.reserve(calls(T, 100), never)
  await slots.reserve(calls(T + 10, 100), never)
  await slots.reserve(calls(T + 1_000, 100), never)

  expect(log).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
})

test('a queue that others keep up costs one write each time, and one that is too long none', async () => {
  const log: string[] = []
  const ours = dynamoSlotStore({ call: logged(log)(world.call), table })
  const theirs = dynamoSlotStore({ call: world.call, table })
  const nowMs = T + 5e5

  await theirs.reserve(calls(nowMs, 1_000), never)
  const first = await ours.reserve(calls(nowMs, 10), never)
  await theirs.reserve(calls(nowMs, 1_500), never)
  const second = await ours.reserve(calls(nowMs + 1_200, 10), never)
  const third = await ours.reserve(calls(nowMs + 1_300, 10, nowMs + 1_600), never)

  expect(first?.firstAtMs).toBe(nowMs + 1_000)
  expect(second?.firstAtMs).toBe(nowMs + 2_510)
  expect(third).toBeUndefined()
  // The first guess of a new process was wrong.
  expect(log).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
})

test('the item holds its key and where its free slots begin, and nothing else', async () => {
  const slots = dynamoSlotStore({ call: world.call, table })
  const nowMs = T + 1e6

  await slots.reserve(calls(nowMs, 10 / 3), never)
  await slots.reserve(calls(nowMs, 10 / 3), never)

  const answer = await world.call('DynamoDB_20120810.GetItem', {
    TableName: table,
    Key: { pk: { S: 'budget#calls' } },
  })
  expect(answer).toEqual({
    Item: { pk: { S: 'budget#calls' }, nextAtMs: { N: `${nowMs + 6.668}` } },
  })
})

test('a write whose first answer was lost wastes its slots and gets others', async () => {
  const slots = dynamoSlotStore({ call: losingFirstAnswers(world.call), table })
  const nowMs = T + 2e6

  const first = await slots.reserve(calls(nowMs, 10), never)
  const second = await slots.reserve(calls(nowMs, 10), never)

  expect(first?.firstAtMs).toBe(nowMs + 20)
  expect(second?.firstAtMs).toBe(nowMs + 40)
})
