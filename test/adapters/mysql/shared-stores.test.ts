import { beforeAll, describe, expect, it } from 'vitest'
import { mysqlHistory } from '../../../lib/adapters/mysql/history.ts'
import { mysqlServiceConversations } from '../../../lib/adapters/mysql/service-conversations.ts'
import { mysqlSlotStore } from '../../../lib/adapters/mysql/slot-store.ts'
import { mysqlTicketLock } from '../../../lib/adapters/mysql/ticket-lock.ts'
import { mysqlUserRecords } from '../../../lib/adapters/mysql/user-records.ts'
import { mysqlWebhookPaths } from '../../../lib/adapters/mysql/webhook-paths.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { historyContract, MAX_TURNS } from '../../contracts/history.contract.ts'
import { slotStoreContract } from '../../contracts/slot-store.contract.ts'
import { ticketLockContract } from '../../contracts/ticket-lock.contract.ts'
import { userRecordsContract } from '../../contracts/user-records.contract.ts'
import { hasMariadb } from '../../support/mariadb.ts'
import {
  losingAnswers,
  SERVER_START_MS,
  startMysqlWorld,
  startServer,
} from '../../support/mysql-world.ts'
import { skewedSlotStore, skewedTicketLock } from '../../support/skewed-client.ts'

const random = Math.random
const T = 1_700_000_000_000

describe.runIf(hasMariadb())('on a server', () => {
  beforeAll(startServer, SERVER_START_MS)

  slotStoreContract('MariaDB', async () => {
    const { newConnection, close } = await startMysqlWorld()
    return { newStore: () => mysqlSlotStore({ connection: newConnection() }), close }
  })

  slotStoreContract('MariaDB, wrong clocks', async () => {
    const { newConnection, close } = await startMysqlWorld()
    return {
      newStore: () => skewedSlotStore(mysqlSlotStore({ connection: newConnection() })),
      close,
    }
  })

  ticketLockContract('MariaDB', async () => {
    const { newConnection, close } = await startMysqlWorld()
    return { newLock: () => mysqlTicketLock({ connection: newConnection(), random }), close }
  })

  ticketLockContract('MariaDB, wrong clocks', async () => {
    const { newConnection, close } = await startMysqlWorld()
    return {
      newLock: () => skewedTicketLock(mysqlTicketLock({ connection: newConnection(), random })),
      close,
    }
  })

  userRecordsContract('MariaDB', async () => {
    const { newConnection, close } = await startMysqlWorld()
    let nowMs = 0
    const clock = { now: () => nowMs }
    return {
      newRecords: () => mysqlUserRecords({ connection: newConnection(), random, clock }),
      setNow: (ms) => {
        nowMs = ms
      },
      close,
    }
  })

  for (const [name, through] of [
    ['MariaDB', (connection) => connection],
    ['MariaDB, the first answer of every write lost', losingAnswers],
  ] as const satisfies readonly (readonly [string, typeof losingAnswers])[]) {
    historyContract(name, async () => {
      const { newConnection, close } = await startMysqlWorld()
      let nowMs = 0
      const clock = { now: () => nowMs }
      return {
        newHistory: () =>
          mysqlHistory({
            connection: through(newConnection()),
            random,
            clock,
            maxTurns: MAX_TURNS,
            hours: 7 * 24,
          }),
        setNow: (ms) => {
          nowMs = ms
        },
        close,
      }
    })
  }

  it('no second ticket is taken where the answer to the first was lost', async () => {
    const { newConnection, close } = await startMysqlWorld()
    const line = mysqlTicketLock({ connection: losingAnswers(newConnection()), random })
    const conversation = { from: '@RBT#bot', to: 'lossy' }
    const holder = { id: 'a', nowMs: T, leaseMs: 15_000 }

    const first = await line.queueUp(conversation, T)
    const second = await line.queueUp(conversation, T)
    const begun = await line.enter(first, holder)
    await line.leave(first, holder, 'done')
    const next = await line.enter(second, holder)

    expect([first.number, second.number, begun, next]).toEqual([1, 2, 'begun', 'begun'])
    await close()
  })

  it('what a service knows a conversation by stands in the place of its history, and is forgotten with it', async () => {
    const { newConnection, close } = await startMysqlWorld()
    let nowMs = T
    const shared = { connection: newConnection(), random, clock: { now: () => nowMs }, hours: 1 }
    const names = mysqlServiceConversations(shared)
    const history = mysqlHistory({ ...shared, maxTurns: MAX_TURNS })
    const conversation = { from: '@RBT#bot', to: 'user' }

    const before = await names.recall(conversation)
    await names.keep(conversation, 'conversation-1')
    const kept = [await names.recall(conversation), await history.recall(conversation)]
    nowMs += 3_600_000
    const late = await names.recall(conversation)
    await names.keep(conversation, 'conversation-2')
    await history.forget(conversation)

    expect([before, kept, late]).toEqual([undefined, ['conversation-1', []], undefined])
    expect(await names.recall(conversation)).toBeUndefined()
    await close()
  })

  it('a webhook is bound to the first path that it comes to, once, whatever it is called', async () => {
    const { newConnection, close } = await startMysqlWorld()
    const paths = () =>
      mysqlWebhookPaths({
        connection: losingAnswers(newConnection()),
        random,
        clock: systemClock,
      })

    const long = `é ${'x'.repeat(5_000)}`
    const bound = await Promise.all(
      Array.from({ length: 10 }, (_, n) => paths().bind(long, `cancel ${n}`)),
    )
    const path = `cancel ${bound.indexOf('own')}`

    expect(bound.filter((outcome) => outcome === 'own')).toHaveLength(1)
    expect(await paths().bind(long, path)).toBe('own')
    expect(await paths().bind(`${long} `, path)).toBe('own')
    await close()
  })
})
