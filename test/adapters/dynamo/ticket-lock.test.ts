import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoTicketLock } from '../../../lib/adapters/dynamo/ticket-lock.ts'
import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { memoryTicketLock } from '../../../local/memory/ticket-lock.ts'
import { ticketLockContract } from '../../contracts/ticket-lock.contract.ts'
import {
  type DynamoWorld,
  logged,
  losingFirstAnswers,
  startDynamoWorld,
} from '../../support/stores.ts'

const table = 'replies'
const engines: DynamoEngine[] =
  dynoxidePath() === undefined ? ['dynalite'] : ['dynalite', 'dynoxide']

ticketLockContract('in memory', async () => {
  const line = memoryTicketLock()
  return { newLock: () => line, close: async () => {} }
})

for (const engine of engines) {
  ticketLockContract(`DynamoDB (${engine})`, async () => {
    const { call, close } = await startDynamoWorld(engine)
    return {
      newLock: () => dynamoTicketLock({ call, table, random: Math.random }),
      close,
    }
  })
}

describe('the line in DynamoDB', () => {
  let world: DynamoWorld
  beforeAll(async () => {
    world = await startDynamoWorld('dynalite')
  })
  afterAll(() => world.close())

  const T = 1_700_000_000_000
  const alone = { id: 'a', leaseMs: 15_000 }

  it('takes three writes and a read for a message that need not wait', async () => {
    const log: string[] = []
    const call = logged(log)(world.call)
    const line = dynamoTicketLock({ call, table, random: Math.random })

    const ticket = await line.queueUp({ from: '@RBT#bot', to: 'quick' }, T)
    await line.enter(ticket, { ...alone, nowMs: T })
    await line.leave(ticket, { ...alone, nowMs: T }, 'done')

    expect(log).toEqual(['UpdateItem', 'GetItem', 'UpdateItem', 'UpdateItem'])
  })

  it('takes no second step where the answer to the first was lost', async () => {
    const call = losingFirstAnswers(world.call)
    const line = dynamoTicketLock({ call, table, random: Math.random })
    const conversation = { from: '@RBT#bot', to: 'lossy' }

    const first = await line.queueUp(conversation, T)
    const second = await line.queueUp(conversation, T)
    const begun = await line.enter(first, { ...alone, nowMs: T })
    await line.leave(first, { ...alone, nowMs: T }, 'done')
    const next = await line.enter(second, { ...alone, nowMs: T })

    expect([first.number, second.number, begun, next]).toEqual([1, 2, 'begun', 'begun'])
  })

  it('stores what docs/stored-data.md says', async () => {
    const line = dynamoTicketLock({ call: world.call, table, random: Math.random })
    const ticket = await line.queueUp({ from: '@RBT#bot', to: 'stored' }, T)
    await line.enter(ticket, { ...alone, nowMs: T + 40 })

    const key = { pk: { S: 'line#["@RBT#bot","stored"]' } }
    const answer = await world.call('DynamoDB_20120810.GetItem', { TableName: table, Key: key })
    expect(answer).toEqual({
      Item: {
        ...key,
        issued: { N: '1' },
        issuedAtMs: { N: `${T}` },
        previousAtMs: { N: '0' },
        takenBy: { S: expect.any(String) },
        serving: { N: '1' },
        keptUntilMs: { N: `${T + 15_040}` },
        holder: { S: 'a' },
        begun: { S: '[{"number":1,"by":"a"}]' },
        expiresAt: { N: `${T / 1_000 + 86_401}` },
      },
    })
  })
})
