import { afterAll, beforeAll, describe, it } from 'vitest'
import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { expectSameLives } from '../../support/reply-lives.ts'
import { type DynamoWorld, losingFirstAnswers, startDynamoWorld } from '../../support/stores.ts'

const runsOn: readonly (readonly [DynamoEngine, number])[] =
  dynoxidePath() === undefined
    ? [['dynalite', 60]]
    : [
        ['dynalite', 15],
        ['dynoxide', 30],
      ]

describe.each(runsOn)('in memory and in DynamoDB (%s)', (engine, numRuns) => {
  let world: DynamoWorld
  beforeAll(async () => {
    world = await startDynamoWorld(engine)
  })
  afterAll(() => world.close())

  it('the same steps have the same outcomes, whatever answers are lost', async () => {
    await expectSameLives(
      { direct: world.newStore(), lossy: world.newStore(losingFirstAnswers) },
      numRuns,
    )
  })
})
