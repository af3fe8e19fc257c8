import { afterAll, beforeAll, expect, it } from 'vitest'
import { attemptPauseMs, MAX_ATTEMPTS } from '../../../lib/core/reply/attempt.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { sweepOrphans } from '../../../lib/use-cases/sweep-orphans.ts'
import { dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { conversation, deliveryWorld, settings } from '../../support/delivery-world.ts'
import { type DynamoWorld, startDynamoWorld } from '../../support/stores.ts'
import { unhurried } from '../../support/unhurried.ts'

const replyId = 'broken' as ReplyId
const T = 1_700_000_000_000

let table: DynamoWorld
beforeAll(async () => {
  table = await startDynamoWorld(dynoxidePath() === undefined ? 'dynalite' : 'dynoxide')
})
afterAll(() => table.close())

interface NumberedItem {
  readonly [name: string]: { readonly N?: string } | undefined
}

const stored = async (): Promise<NumberedItem> => {
  const key = { TableName: 'replies', Key: { pk: { S: `reply#${replyId}` } } }
  const answer = await table.call('DynamoDB_20120810.GetItem', key)
  return (answer as { readonly Item: NumberedItem }).Item
}

it('a record that cannot be read has its attempts counted, and ends for all to read', async () => {
  const store = table.newStore()
  await store.begin(
    {
      replyId,
      kind: 'turn',
      conversation,
      createdAtMs: T,
      progress: unsentProgress(T),
      piecewise: false,
    },
    T,
  )
  await table.call('DynamoDB_20120810.UpdateItem', {
    TableName: 'replies',
    Key: { pk: { S: `reply#${replyId}` } },
    UpdateExpression: 'SET progress = :broken',
    ExpressionAttributeValues: { ':broken': { S: '{"sentChars":' } },
  })
  const expiresAt = Number((await stored())['expiresAt']?.N)
  const { deps, clock } = deliveryWorld()
  let nowMs = T + 1
  const sweep = () =>
    sweepOrphans({ ...deps, store, clock: { ...clock, now: () => nowMs } }, settings, unhurried)

  for (let count = 1; count <= MAX_ATTEMPTS; count += 1) {
    expect(await sweep()).toEqual({ found: 1, ended: 0, failed: 1 })
    const item = await stored()
    expect(item).toMatchObject({ attempts: { N: `${count}` } })
    expect(Number(item['expiresAt']?.N)).toBeLessThanOrEqual(expiresAt + settings.leaseMs)
    nowMs += settings.leaseMs + attemptPauseMs(count)
    expect(await sweep()).toEqual({ found: 0, ended: 0, failed: 0 })
    nowMs += 1
  }

  expect(await sweep()).toEqual({ found: 1, ended: 1, failed: 0 })
  expect(await store.read(replyId)).toMatchObject({
    status: 'failed',
    failure: { reason: 'poisoned' },
  })
})
