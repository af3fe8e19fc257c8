import { dynamoVerdictStore } from '../../../lib/adapters/dynamo/verdict-store.ts'
import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { memoryVerdictStore } from '../../../local/memory/verdict-store.ts'
import { verdictStoreContract } from '../../contracts/verdict-store.contract.ts'
import { startDynamoWorld } from '../../support/stores.ts'

const table = 'replies'
const engines: DynamoEngine[] =
  dynoxidePath() === undefined ? ['dynalite'] : ['dynalite', 'dynoxide']

verdictStoreContract('in memory', async () => {
  const stores = new Map<number, ReturnType<typeof memoryVerdictStore>>()
  return {
    newStore(sdkAppId) {
      const store = stores.get(sdkAppId) ?? memoryVerdictStore()
      stores.set(sdkAppId, store)
      return store
    },
    close: async () => {},
  }
})

for (const engine of engines) {
  verdictStoreContract(`DynamoDB (${engine})`, async () => {
    const { call, close } = await startDynamoWorld(engine)
    return { newStore: (sdkAppId) => dynamoVerdictStore({ call, table, sdkAppId }), close }
  })
}
