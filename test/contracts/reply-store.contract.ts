import { afterAll, beforeAll, describe } from 'vitest'
import type { ReplyStore } from '../../lib/ports.ts'
import { beginReplies } from './reply-store/begin-replies.ts'
import type { Subject } from './reply-store/fixtures.ts'
import { holderWrites } from './reply-store/holder-writes.ts'
import { leaseChanges } from './reply-store/lease-changes.ts'
import { newsInRepeats } from './reply-store/news-in-repeats.ts'
import { pushedChunks } from './reply-store/pushed-chunks.ts'
import { sharedFacts } from './reply-store/shared-facts.ts'

/** One table or map, and stores on it. */
export interface StoreWorld {
  /** A store as another process would have it, on the same replies. */
  newStore(): ReplyStore
  close(): Promise<void>
}

/** What every `ReplyStore` promises. `start` is called once; each test uses replies of its own. */
export const replyStoreContract = (name: string, start: () => Promise<StoreWorld>): void => {
  describe(`ReplyStore: ${name}`, () => {
    let world: StoreWorld
    let store: ReplyStore
    beforeAll(async () => {
      world = await start()
      store = world.newStore()
    })
    afterAll(() => world.close())

    const subject: Subject = {
      get store() {
        return store
      },
      newStore: () => world.newStore(),
    }
    beginReplies(subject)
    holderWrites(subject)
    leaseChanges(subject)
    pushedChunks(subject)
    newsInRepeats(subject)
    sharedFacts(subject)
  })
}
