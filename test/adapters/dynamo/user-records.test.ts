import { afterAll, beforeAll, expect, test } from 'vitest'
import { dynamoUserRecords } from '../../../lib/adapters/dynamo/user-records.ts'
import { overLimit } from '../../../lib/core/conversation/user-limits.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { memoryUserRecords } from '../../../local/memory/user-records.ts'
import { userRecordsContract } from '../../contracts/user-records.contract.ts'
import { type DynamoWorld, logged, startDynamoWorld } from '../../support/stores.ts'

const table = 'replies'
const engines: DynamoEngine[] =
  dynoxidePath() === undefined ? ['dynalite'] : ['dynalite', 'dynoxide']

const settableClock = () => {
  let nowMs = 0
  const setNow = (ms: number) => {
    nowMs = ms
  }
  return { clock: { now: () => nowMs }, setNow }
}

userRecordsContract('in memory', async () => {
  const { clock, setNow } = settableClock()
  const records = memoryUserRecords({ clock })
  return { newRecords: () => records, setNow, close: async () => {} }
})

for (const engine of engines) {
  userRecordsContract(`DynamoDB (${engine})`, async () => {
    const { clock, setNow } = settableClock()
    const { call, close } = await startDynamoWorld(engine)
    return { newRecords: () => dynamoUserRecords({ call, table, clock }), setNow, close }
  })
}

let world: DynamoWorld
beforeAll(async () => {
  world = await startDynamoWorld(engines.at(-1) ?? 'dynalite')
})
afterAll(() => world.close())

const T = 1_700_000_000_000
const clock = { now: () => T }
const user = (to: string) => ({ from: '@RBT#bot', to })
const turn = (n: number) => ({ replyId: `turn:${n}_2_3` as ReplyId, askedAtMs: T + n })

test('a turn is noted by one write alone, and its item shows nobody’s name', async () => {
  const log: string[] = []
  const records = dynamoUserRecords({ call: logged(log)(world.call), table, clock })

  await records.note(user('anna'), turn(1))

  expect(log).toEqual(['UpdateItem'])
  const pk = { S: 'user#00afa29e865301a74b2f3a29a848b910ad3aead7d21778727f5da2ead9e5148c' }
  const answer = await world.call('DynamoDB_20120810.GetItem', { TableName: table, Key: { pk } })
  expect(answer).toEqual({
    Item: {
      pk,
      turnsNoted: { SS: [`${T + 1} turn:1_2_3`] },
      expiresAt: { N: `${T / 1_000 + 2 * 86_400}` },
    },
  })
})

test('a record that is full takes no more, and whoever fills it is over any limit', async () => {
  const records = dynamoUserRecords({ call: world.call, table, clock })
  const full = Array.from({ length: 1_200 }, (_, n) => `${T + n} turn:${n}_2_3`)
  await fill(records, full)

  const { turns } = await records.note(user('full'), turn(5_000))

  expect(turns).toHaveLength(1_200)
  expect(overLimit(turns, turn(5_000), { perMinute: 1_000, perDay: 0 })).toBe('minute')
})

/** Fills the record of a user as if they had written so often. */
const fill = async (
  records: ReturnType<typeof dynamoUserRecords>,
  marks: readonly string[],
): Promise<void> => {
  await records.note(user('full'), turn(0))
  const found = (await world.call('DynamoDB_20120810.Scan', { TableName: table })) as {
    readonly Items: readonly {
      readonly pk: { readonly S: string }
      readonly turnsNoted?: unknown
    }[]
  }
  const key = found.Items.find(({ turnsNoted }) => JSON.stringify(turnsNoted).includes(` turn:0_`))
  await world.call('DynamoDB_20120810.PutItem', {
    TableName: table,
    Item: { pk: key?.pk, turnsNoted: { SS: marks }, expiresAt: { N: '2000000000' } },
  })
}

test('a table that cannot be asked is out of reach', async () => {
  const records = dynamoUserRecords({ call: world.call, table: 'no-such-table', clock })

  await expect(records.note(user('anna'), turn(1))).rejects.toThrow(OutOfReach)
  await expect(records.forget(user('anna'))).rejects.toThrow(OutOfReach)
})
