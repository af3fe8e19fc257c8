import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { mysqlAddress } from '../../../lib/adapters/mysql/address.ts'
import { deleteExpired } from '../../../lib/adapters/mysql/expired-rows.ts'
import { mysqlReplyStore } from '../../../lib/adapters/mysql/reply-store/index.ts'
import { systemClock } from '../../../lib/adapters/runtime/system-clock.ts'
import { OutOfReach } from '../../../lib/core/out-of-reach.ts'
import { unsentProgress } from '../../../lib/core/reply/message.ts'
import type { ReplyId } from '../../../lib/core/reply/reply.ts'
import { hasMariadb } from '../../support/mariadb.ts'
import { SERVER_START_MS, startMysqlWorld, startServer } from '../../support/mysql-world.ts'

const clock = systemClock
const random = Math.random
const T = 1_700_000_000_000

describe('an address', () => {
  it('is encrypted and checked, but for this machine', () => {
    const tlsOf = (url: string) => mysqlAddress(url)?.tls

    expect(tlsOf('mysql://user:p%40ss@db.example:3307/chat')).toBe('verify')
    expect(tlsOf('mysql://user:pass@127.0.0.1/chat')).toBe('off')
    expect(mysqlAddress('mysql://user:p%40ss@db.example/chat', { ca: 'a\\nb' })).toMatchObject({
      host: 'db.example',
      port: 3_306,
      password: 'p@ss',
      ca: 'a\nb',
    })
    expect(mysqlAddress('mysql://db.example/chat')).toBeUndefined()
    expect(mysqlAddress('https://user@db.example/chat')).toBeUndefined()
  })
})

describe.runIf(hasMariadb())('the connection of a process', () => {
  beforeAll(startServer, SERVER_START_MS)

  it('is opened again where the server has closed it, and the work is done once', async () => {
    const { newConnection, server, close } = await startMysqlWorld()
    const connection = newConnection()
    const store = mysqlReplyStore({ connection, random, clock })
    const replyId = 'cut' as ReplyId
    const begun = await store.begin(
      {
        replyId,
        kind: 'turn',
        conversation: { from: '@RBT#bot', to: 'user' },
        createdAtMs: T,
        progress: unsentProgress(T),
        piecewise: false,
      },
      T + 15_000,
    )
    const { rows } = await connection.run((query) => query('SELECT CONNECTION_ID() AS id'))

    await server.asRoot(`KILL ${rows[0]?.['id']}`)
    const recorded = await store.record(replyId, 1, {
      progress: { ...unsentProgress(T), sentChars: 7 },
    })

    expect(begun.created).toBe(true)
    expect(recorded).toMatchObject({ held: true })
    expect((await store.read(replyId))?.progress.sentChars).toBe(7)
    await close()
  })

  it('waits for a database that is not awake, and says that it is out of reach where it stays so', async () => {
    const { newConnection, url, server, close } = await startMysqlWorld()
    let asked = 0
    const waking = newConnection({
      readAddress: async () => {
        asked += 1
        const address = mysqlAddress(url)
        if (address === undefined) throw new Error('The test has a wrong URL.')
        // Nobody listens at port 1.
        return { ...address, port: asked < 3 ? 1 : server.port }
      },
    })
    const asleep = newConnection({
      readAddress: async () => ({
        host: '127.0.0.1',
        port: 1,
        user: 'u',
        password: 'the-password',
        database: 'd',
        tls: 'off',
      }),
    })

    const { rows } = await waking.run((query) => query('SELECT 1 AS one'))
    const failure = await asleep
      .run((query) => query('SELECT 1'), { withinMs: 400 })
      .catch((error: unknown) => error)

    expect([rows, asked]).toEqual([[{ one: 1 }], 3])
    expect(failure).toBeInstanceOf(OutOfReach)
    expect(String(failure)).not.toMatch(/the-password/)
    await close()
  })

  it('reads a password again that was changed, and then says what is wrong', async () => {
    const { newConnection, url, close } = await startMysqlWorld()
    const right = mysqlAddress(url)
    const asked: boolean[] = []
    const addressed = (password: (fresh: boolean) => string) =>
      newConnection({
        readAddress: async (fresh) => {
          asked.push(fresh)
          if (right === undefined) throw new Error('The test has a wrong URL.')
          return { ...right, password: password(fresh) }
        },
      })

    const changed = addressed((fresh) => (fresh ? (right?.password ?? '') : 'old'))
    const wrong = addressed(() => 'wrong-password')

    expect((await changed.run((query) => query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }])
    await expect(wrong.run((query) => query('SELECT 1'))).rejects.toThrow(
      'store out of reach: the database answered ER_ACCESS_DENIED_ERROR; check user, password, database and TLS of MYSQL_URL',
    )
    expect(asked).toEqual([false, true, false, true])
    await close()
  })

  it('is closed when nobody uses it', async () => {
    const { newConnection, connections, close } = await startMysqlWorld()
    const quiet = newConnection({ idleMs: 100 })
    await quiet.run((query) => query('SELECT 1'))
    const used = await connections()
    for (let n = 0; n < 50 && (await connections()) > 0; n += 1) await wait(100)

    expect(used).toBe(1)
    expect(await connections()).toBe(0)
    await close()
  })

  it('makes the tables once, however many begin at once, and leaves newer ones as they are', async () => {
    const { newConnection, close } = await startMysqlWorld()

    const many = Array.from({ length: 6 }, () => newConnection())
    const versions = await Promise.all(
      many.map((each) => each.run((query) => query('SELECT version FROM schema_version'))),
    )
    const [first] = many
    await first?.run((query) => query('UPDATE schema_version SET version = 999'))
    const later = await newConnection().run((query) => query('SELECT version FROM schema_version'))

    expect(new Set(versions.map(({ rows }) => rows[0]?.['version'])).size).toBe(1)
    expect(later.rows).toEqual([{ version: 999 }])
    await close()
  })

  it('deletes what has expired, in small batches, and nothing else', async () => {
    const { newConnection, close } = await startMysqlWorld()
    const connection = newConnection()
    const values = Array.from(
      { length: 450 },
      (_, n) => `('w${n}', '{}', 'x', ${n < 430 ? 1 : 4e9})`,
    )
    await connection.run((query) =>
      query(`INSERT INTO webhook (id, record, written_by, expires_at) VALUES ${values.join(', ')}`),
    )

    const deleted = await deleteExpired(connection, () => false)

    const { rows } = await connection.run((query) => query('SELECT COUNT(*) AS n FROM webhook'))
    expect([deleted, rows]).toEqual([430, [{ n: 20 }]])
    await close()
  })
})
