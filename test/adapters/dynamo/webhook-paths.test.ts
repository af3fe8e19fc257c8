import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamoWebhookPaths } from '../../../lib/adapters/dynamo/webhook-paths.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { type DynamoWorld, losingFirstAnswers, startDynamoWorld } from '../../support/stores.ts'

describe('WebhookPaths in DynamoDB', () => {
  let world: DynamoWorld
  beforeAll(async () => {
    world = await startDynamoWorld('dynalite')
  })
  afterAll(() => world.close())

  const paths = () =>
    dynamoWebhookPaths({
      call: losingFirstAnswers(world.call),
      table: 'replies',
      clock: systemClock,
    })

  it('bind a webhook to the first path that it comes to, also when the first answer was lost', async () => {
    const bound = [
      await paths().bind('msg_1', 'cancel a'),
      await paths().bind('msg_1', 'cancel a'),
      await paths().bind('msg_1', 'cancel b'),
      await paths().bind('msg_2', 'cancel b'),
    ]

    expect(bound).toEqual(['own', 'own', 'other', 'own'])
  })

  it('bind it once when it comes to many at the same time', async () => {
    const bound = await Promise.all(
      Array.from({ length: 10 }, (_, n) => paths().bind('msg_3', `cancel ${n}`)),
    )

    expect(bound.filter((outcome) => outcome === 'own')).toHaveLength(1)
  })

  it('take any name of a webhook', async () => {
    expect(await paths().bind(`é ${'x'.repeat(5_000)}`, 'cancel a')).toBe('own')
  })
})
