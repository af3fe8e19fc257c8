import { dynamoReplyStore } from '../../../lib/adapters/dynamo/reply-store/index.ts'
import { dynamoSlotStore } from '../../../lib/adapters/dynamo/slot-store.ts'
import { dynamoTicketLock } from '../../../lib/adapters/dynamo/ticket-lock.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { type DynamoEngine, dynoxidePath } from '../../../local/cloud/embedded-dynamo.ts'
import { memoryReplyStore } from '../../../local/memory/reply-store.ts'
import { memorySlotStore } from '../../../local/memory/slot-store.ts'
import { memoryTicketLock } from '../../../local/memory/ticket-lock.ts'
import { replyStoreContract } from '../../contracts/reply-store.contract.ts'
import { slotStoreContract } from '../../contracts/slot-store.contract.ts'
import { ticketLockContract } from '../../contracts/ticket-lock.contract.ts'
import { skewedReplyStore, skewedSlotStore, skewedTicketLock } from '../../support/skewed-client.ts'
import { startDynamoWorld } from '../../support/stores.ts'

// Everything that the ports promise holds between processes whose clocks are wrong, each by something else.

const engine: DynamoEngine = dynoxidePath() === undefined ? 'dynalite' : 'dynoxide'
const table = 'replies'
const random = Math.random
const close = async () => {}

replyStoreContract('in memory, wrong clocks', async () => {
  const store = memoryReplyStore()
  return { newStore: () => skewedReplyStore(store), close }
})

replyStoreContract(`DynamoDB (${engine}), wrong clocks`, async () => {
  const world = await startDynamoWorld(engine)
  const options = { call: world.call, table, clock: systemClock, random }
  return {
    newStore: () => skewedReplyStore(dynamoReplyStore(options)),
    close: () => world.close(),
  }
})

slotStoreContract('in memory, wrong clocks', async () => {
  const book = memorySlotStore()
  return { newStore: () => skewedSlotStore(book), close }
})

slotStoreContract(`DynamoDB (${engine}), wrong clocks`, async () => {
  const world = await startDynamoWorld(engine)
  return {
    newStore: () => skewedSlotStore(dynamoSlotStore({ call: world.call, table })),
    close: () => world.close(),
  }
})

ticketLockContract('in memory, wrong clocks', async () => {
  const line = memoryTicketLock()
  return { newLock: () => skewedTicketLock(line), close }
})

ticketLockContract(`DynamoDB (${engine}), wrong clocks`, async () => {
  const world = await startDynamoWorld(engine)
  return {
    newLock: () => skewedTicketLock(dynamoTicketLock({ call: world.call, table, random })),
    close: () => world.close(),
  }
})
