import { describe, expect, it } from 'vitest'
import { awsJsonClient } from '../../../lib/adapters/aws/aws-json-client.ts'
import { dynamoReplyStore } from '../../../lib/adapters/dynamo/reply-store/index.ts'
import { steadyClock } from '../../../lib/adapters/runtime/steady-clock.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { replyStoreByTableClock } from '../../../lib/adapters/table-clock/reply-store.ts'
import { tableClock } from '../../../lib/adapters/table-clock/table-clock.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { createTable } from '../../../local/cloud/dynamo-table.ts'
import {
  type DynamoEngine,
  dynoxidePath,
  startEmbeddedDynamo,
} from '../../../local/cloud/embedded-dynamo.ts'

const engines: DynamoEngine[] =
  dynoxidePath() === undefined ? ['dynalite'] : ['dynalite', 'dynoxide']
const replyId = 'reply-1' as ReplyId
const conversation = { from: '@RBT#bot', to: 'user' }
const LEASE_MS = 15_000

/** A process with a clock of its own, its client and its store, as they are composed. */
const sandbox = (endpoint: string, aheadMs: number) => {
  const clock = steadyClock({
    wallMs: () => Date.now() + aheadMs,
    countMs: () => performance.now(),
    sleep: systemClock.sleep,
  })
  const call = awsJsonClient({
    service: 'dynamodb',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint,
    clock: systemClock,
    random: Math.random,
    watch: () => table.watch(),
  })
  const question = { TableName: 'replies', Key: { pk: { S: 'none' } } }
  const table = tableClock({ clock, ask: () => call('DynamoDB_20120810.GetItem', question) })
  const inTable = dynamoReplyStore({ call, table: 'replies', clock, random: Math.random })
  const store = replyStoreByTableClock(inTable, { table, clock })
  const times = () => ({ nowMs: clock.now(), leaseUntilMs: clock.now() + LEASE_MS })
  return { call, clock, table, store, times }
}

describe.each(engines)('%s', (engine) => {
  it('tells the time with every answer, so that a lease is the same for all who are a minute off', async () => {
    const { endpoint, close } = await startEmbeddedDynamo({ engine })
    try {
      const right = sandbox(endpoint, 0)
      await createTable(right.call, 'replies')
      const others = [sandbox(endpoint, 60_000), sandbox(endpoint, -60_000)]

      const nowMs = others[1]?.clock.now() ?? 0
      const begun = await others[1]?.store.begin(
        {
          replyId,
          kind: 'turn',
          conversation,
          createdAtMs: nowMs,
          progress: unsentProgress(nowMs),
          piecewise: false,
        },
        nowMs + LEASE_MS,
      )
      const taken = await Promise.all(
        [right, ...others].map(({ store, times }) => store.takeOver(replyId, times())),
      )
      const listed = await Promise.all(
        [right, ...others].map(({ store, clock }) => store.listOrphans(clock.now(), 10, 'untried')),
      )
      const offset = await others[0]?.table.offset()

      expect(begun?.created).toBe(true)
      expect(taken.map(({ outcome }) => outcome)).toEqual(['held', 'held', 'held'])
      expect(listed).toEqual([[], [], []])
      expect(Math.abs((offset?.leastMs ?? 0) + 60_000)).toBeLessThan(5_000)
      expect(offset?.mostMs).toBeLessThan(-55_000)
    } finally {
      await close()
    }
  })
})
