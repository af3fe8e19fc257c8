import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { memoryReplyStore } from '../../../local/memory/reply-store.ts'
import { replyStoreContract } from '../../contracts/reply-store.contract.ts'
import { losingFirstAnswers, startDynamoWorld } from '../../support/stores.ts'

const engines: DynamoEngine[] = ['dynalite']
if (dynoxidePath() === undefined)
  console.warn('@dynoxide/linux-x64 is not installed: tested on dynalite alone.')
else engines.push('dynoxide')

replyStoreContract('in memory', async () => {
  const store = memoryReplyStore()
  return { newStore: () => store, close: async () => {} }
})

for (const engine of engines) {
  replyStoreContract(`DynamoDB (${engine})`, () => startDynamoWorld(engine))
}

replyStoreContract(
  `DynamoDB (${engines.at(-1)}), the first answer of every write lost`,
  async () => {
    const { newStore, close } = await startDynamoWorld(engines.at(-1) ?? 'dynalite')
    return { newStore: () => newStore(losingFirstAnswers), close }
  },
)
