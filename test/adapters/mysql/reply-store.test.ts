import { beforeAll, describe, it } from 'vitest'
import { mysqlReplyStore } from '../../../lib/adapters/mysql/reply-store/index.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { replyStoreContract } from '../../contracts/reply-store.contract.ts'
import { hasMariadb } from '../../support/mariadb.ts'
import {
  losingAnswers,
  SERVER_START_MS,
  startMysqlWorld,
  startServer,
} from '../../support/mysql-world.ts'
import { expectSameLives } from '../../support/reply-lives.ts'
import { skewedReplyStore } from '../../support/skewed-client.ts'

const random = Math.random
const clock = systemClock

describe.runIf(hasMariadb())('on a server', () => {
  beforeAll(startServer, SERVER_START_MS)

  replyStoreContract('MariaDB', async () => {
    const { newConnection, close } = await startMysqlWorld()
    return {
      newStore: () => mysqlReplyStore({ connection: newConnection(), random, clock }),
      close,
    }
  })

  replyStoreContract('MariaDB, the first answer of every write lost', async () => {
    const { newConnection, close } = await startMysqlWorld()
    return {
      newStore: () =>
        mysqlReplyStore({ connection: losingAnswers(newConnection()), random, clock }),
      close,
    }
  })

  replyStoreContract('MariaDB, wrong clocks', async () => {
    const { newConnection, close } = await startMysqlWorld()
    return {
      newStore: () =>
        skewedReplyStore(mysqlReplyStore({ connection: newConnection(), random, clock })),
      close,
    }
  })

  it('the same steps have the same outcomes as in memory, whatever answers are lost', async () => {
    const { newConnection, close } = await startMysqlWorld()
    const newStore = (through: typeof losingAnswers = (connection) => connection) =>
      mysqlReplyStore({ connection: through(newConnection()), random, clock })

    await expectSameLives({ direct: newStore(), lossy: newStore(losingAnswers) }, 25)
    await close()
  })
})
