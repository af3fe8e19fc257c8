import { mysqlAddress } from '../../lib/adapters/mysql/address.ts'
import {
  type MysqlConnection,
  type MysqlConnectionOptions,
  mysqlConnection,
} from '../../lib/adapters/mysql/connection.ts'
import type { Query } from '../../lib/adapters/mysql/session.ts'
import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { type Mariadb, startMariadb } from './mariadb.ts'

/** A database of its own. */
export interface MysqlWorld {
  readonly server: Mariadb
  readonly url: string
  /** What one more process would have. */
  newConnection(options?: Partial<MysqlConnectionOptions>): MysqlConnection
  /** How many connections its user has. */
  connections(): Promise<number>
  close(): Promise<void>
}

const addressOf = (url: string) => {
  const address = mysqlAddress(url)
  if (address === undefined) throw new Error('The test has a wrong URL.')
  return address
}

/** One for all tests of a file; it ends with their process. */
let shared: Promise<Mariadb> | undefined

/** Starts the server, for a hook that has time for it. */
export const startServer = async (): Promise<void> => {
  shared ??= startMariadb()
  await shared
}

/** How long a crowded machine may take for that, in ms. */
export const SERVER_START_MS = 60_000

export const startMysqlWorld = async (): Promise<MysqlWorld> => {
  shared ??= startMariadb()
  const server = await shared
  const url = await server.newDatabase()
  const opened: MysqlConnection[] = []
  return {
    server,
    url,
    newConnection(options = {}) {
      const connection = mysqlConnection({
        readAddress: async () => addressOf(url),
        clock: systemClock,
        random: Math.random,
        ...options,
      })
      opened.push(connection)
      return connection
    },
    connections: async () => {
      const { user } = addressOf(url)
      const sql = `SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE USER = '${user}'`
      return Number(((await server.asRoot(sql)) as readonly { readonly n: number }[])[0]?.n)
    },
    async close() {
      await Promise.all(opened.map((connection) => connection.close()))
    },
  }
}

const isWrite = (sql: string): boolean => /^\s*(UPDATE|INSERT)/.test(sql)

/** Every write is made twice, as when its first answer was lost with the connection; only the second answer is seen. */
export const losingAnswers = (connection: MysqlConnection): MysqlConnection => ({
  ...connection,
  run: (work, limits, signal) => {
    let lost = false
    return connection.run(
      (query) => {
        const lossy: Query = async (sql, values) => {
          const answer = await query(sql, values)
          if (!isWrite(sql) || lost) return answer
          lost = true
          throw new AnswerLost()
        }
        return work(lossy).catch((error: unknown) => {
          if (error instanceof AnswerLost) return work(query)
          throw error
        })
      },
      limits,
      signal,
    )
  },
})

class AnswerLost extends Error {}
