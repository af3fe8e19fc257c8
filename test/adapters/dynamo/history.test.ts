import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AwsCall } from '../../../lib/adapters/aws/aws-json-client.ts'
import { dynamoHistory } from '../../../lib/adapters/dynamo/history.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { memoryHistory } from '../../../local/memory/history.ts'
import { HOURS, historyContract, MAX_TURNS } from '../../contracts/history.contract.ts'
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

const settableClock = () => {
  let nowMs = 0
  const setNow = (ms: number) => {
    nowMs = ms
  }
  return { clock: { now: () => nowMs }, setNow }
}

historyContract('in memory', async () => {
  const { clock, setNow } = settableClock()
  const history = memoryHistory({ clock, maxTurns: MAX_TURNS, hours: HOURS })
  return { newHistory: () => history, setNow, close: async () => {} }
})

const dynamoContract = (
  name: string,
  own: DynamoEngine,
  through: (call: AwsCall) => AwsCall = (call) => call,
) =>
  historyContract(`DynamoDB (${name})`, async () => {
    const { clock, setNow } = settableClock()
    const { call, close } = await startDynamoWorld(own)
    const newHistory = () =>
      dynamoHistory({ call: through(call), table, clock, maxTurns: MAX_TURNS, hours: HOURS })
    return { newHistory, setNow, close }
  })

for (const each of engines) dynamoContract(each, each)
dynamoContract(`${engine}, the first answer of every write lost`, engine, losingFirstAnswers)

let world: DynamoWorld
beforeAll(async () => {
  world = await startDynamoWorld(engine)
})
afterAll(() => world.close())

const T = 1_700_000_000_000
const clock = { now: () => T }
const turn = (n: number) => ({ replyId: `turn:${n}` as ReplyId, asked: 'why', answered: 'because' })
const conversationTo = (to: string) => ({ from: '@RBT#bot', to })

test('the item shows neither end of the conversation in its key, and when it expires', async () => {
  const history = dynamoHistory({
    call: world.call,
    table,
    clock,
    maxTurns: MAX_TURNS,
    hours: HOURS,
  })
  const conversation = conversationTo('anna')
  const pk = { S: 'history#00afa29e865301a74b2f3a29a848b910ad3aead7d21778727f5da2ead9e5148c' }

  await history.remember(conversation, turn(1))
  await history.remember(conversation, turn(2))

  const answer = await world.call('DynamoDB_20120810.GetItem', { TableName: table, Key: { pk } })
  expect(answer).toEqual({
    Item: {
      pk,
      turns: { S: JSON.stringify([turn(1), turn(2)]) },
      historyVersion: { N: '2' },
      expiresAt: { N: `${T / 1_000 + 7 * 86_400}` },
    },
  })
})

test('remembering is one read and one write, and recalling one consistent read', async () => {
  const bodies: object[] = []
  const log: string[] = []
  const keeping: AwsCall = (target, body, signal) => {
    bodies.push(body)
    return world.call(target, body, signal)
  }
  const history = dynamoHistory({
    call: logged(log)(keeping),
    table,
    clock,
    maxTurns: MAX_TURNS,
    hours: HOURS,
  })

  await history.remember(conversationTo('ben'), turn(1))
  await history.recall(conversationTo('ben'))

  expect(log).toEqual(['GetItem', 'PutItem', 'GetItem'])
  expect([bodies[0], bodies[2]]).toMatchObject([{ ConsistentRead: true }, { ConsistentRead: true }])
})

test('a turn that recalls and then remembers reads once, and again where another has written', async () => {
  const log: string[] = []
  const options = { table, clock, maxTurns: MAX_TURNS, hours: HOURS }
  const history = dynamoHistory({ ...options, call: logged(log)(world.call) })
  const other = dynamoHistory({ ...options, call: world.call })
  const conversation = conversationTo('emil')

  await history.recall(conversation)
  await history.remember(conversation, turn(1))
  expect(log).toEqual(['GetItem', 'PutItem'])

  await history.recall(conversation)
  await other.remember(conversation, turn(2))
  await history.remember(conversation, turn(3))
  expect(log.slice(2)).toEqual(['GetItem', 'PutItem', 'GetItem', 'PutItem'])
  expect(await other.recall(conversation)).toEqual([turn(1), turn(2), turn(3)])
})

test('nothing is read or written where no turn is to be remembered', async () => {
  const log: string[] = []
  const history = dynamoHistory({
    call: logged(log)(world.call),
    table,
    clock,
    maxTurns: 0,
    hours: HOURS,
  })

  await history.remember(conversationTo('carla'), turn(1))

  expect(await history.recall(conversationTo('carla'))).toEqual([])
  expect(log).toEqual([])
})

test('fewer turns are recalled where fewer are wanted than were remembered', async () => {
  const history = (most: number) =>
    dynamoHistory({ call: world.call, table, clock, maxTurns: most, hours: HOURS })
  for (const n of [1, 2, 3]) await history(5).remember(conversationTo('dora'), turn(n))

  expect(await history(2).recall(conversationTo('dora'))).toEqual([turn(2), turn(3)])
})

test('a table that cannot be asked is out of reach', async () => {
  const history = dynamoHistory({
    call: world.call,
    table: 'no-such-table',
    clock,
    maxTurns: MAX_TURNS,
    hours: HOURS,
  })

  await expect(history.recall(conversationTo('anna'))).rejects.toThrow(OutOfReach)
  await expect(history.remember(conversationTo('anna'), turn(1))).rejects.toThrow(OutOfReach)
})
