import { afterAll, beforeAll, expect, test } from 'vitest'
import { dynamoVerdictStore } from '../../../lib/adapters/dynamo/verdict-store.ts'
import { tableVerdict } from '../../../local/doctor/table-verdict.ts'
import { type DynamoWorld, startDynamoWorld } from '../../support/stores.ts'

const T = Date.parse('2026-11-24T12:00:00Z')
const clock = { now: () => T, sleep: async () => {} }
let world: DynamoWorld

beforeAll(async () => {
  world = await startDynamoWorld('dynalite')
})
afterAll(() => world.close())

const environment = (sdkAppId: string) => ({
  CHAT_SDK_APP_ID: sdkAppId,
  CHAT_SECRET_KEY: '5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e',
  REPLIES_TABLE: 'replies',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: world.endpoint,
})
const stored = (sdkAppId: number) =>
  dynamoVerdictStore({ call: world.call, table: 'replies', sdkAppId }).read()

test('what was seen of open messages is written for the functions, and shown', async () => {
  const [finding] = await tableVerdict(environment('1400000001'), true, clock)

  expect(finding).toMatchObject({ id: 'checkpoint', verdict: 'right' })
  expect(finding?.heard).toContain('2026-11-24T12:00:00.000Z: shown')
  expect(await stored(1_400_000_001)).toEqual({ shown: true, atMs: T })
})

test('where nothing was seen, what the functions know is shown and stays', async () => {
  await tableVerdict(environment('1400000002'), false, clock)

  const [finding] = await tableVerdict(environment('1400000002'), undefined, clock)
  const [other] = await tableVerdict(environment('1400000003'), undefined, clock)

  expect(finding?.heard).toContain('hidden')
  expect(other).toMatchObject({ verdict: 'unknown', heard: 'Nobody has looked.' })
  expect(await stored(1_400_000_003)).toBeUndefined()
})

test('without a table nothing is said, and without credentials that it could not be asked', async () => {
  const { REPLIES_TABLE: _, ...noTable } = environment('1400000004')
  const { AWS_ACCESS_KEY_ID: __, ...noKey } = environment('1400000004')

  expect(await tableVerdict(noTable, true, clock)).toEqual([])
  expect((await tableVerdict(noKey, true, clock))[0]).toMatchObject({ verdict: 'unknown' })
})
