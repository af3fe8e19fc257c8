import { mysqlAddress } from '../../adapters/mysql/address.ts'
import { type MysqlConnection, mysqlConnection } from '../../adapters/mysql/connection.ts'
import { deleteExpired } from '../../adapters/mysql/expired-rows.ts'
import { mysqlHistory } from '../../adapters/mysql/history.ts'
import { SERVER_NOW } from '../../adapters/mysql/records.ts'
import { mysqlReplyStore } from '../../adapters/mysql/reply-store/index.ts'
import { mysqlServiceConversations } from '../../adapters/mysql/service-conversations.ts'
import { mysqlSlotStore } from '../../adapters/mysql/slot-store.ts'
import { mysqlTicketLock } from '../../adapters/mysql/ticket-lock.ts'
import { mysqlUserRecords } from '../../adapters/mysql/user-records.ts'
import { mysqlWebhookPaths } from '../../adapters/mysql/webhook-paths.ts'
import { processClock as clock } from '../../adapters/runtime/steady-clock.ts'
import { type TableClock, tableClock } from '../../adapters/table-clock/table-clock.ts'
import { OutOfReach } from '../../core/out-of-reach.ts'
import type { ReplyStore, SlotStore, TicketLock, VerdictStore } from '../../ports.ts'
import type { ReadSecret } from '../secrets.ts'
import { expectKind, type HistoryKept, type StoreConfig, type StoreLimits } from './store-kind.ts'

const random = Math.random

/** The database over this process's one connection, and its clock. */
export interface StoreAccess {
  readonly connection: MysqlConnection
  readonly clock: TableClock
  /** How long each call may take where nothing else is said. */
  readonly limits: { readonly withinMs?: number }
}

const within = (limits: StoreLimits | undefined) =>
  limits === undefined ? {} : { withinMs: limits.timeoutMs * limits.tries }

/** Everything in one database of MySQL or MariaDB. */
export const openStore = (
  config: StoreConfig,
  readSecret: ReadSecret,
  limits?: StoreLimits,
): StoreAccess => {
  expectKind(config, 'mysql')
  const { MYSQL_TLS: tls, MYSQL_CA: ca, MYSQL_MAX_CONNECTIONS: maxConnections } = config
  const connection = mysqlConnection({
    async readAddress(fresh) {
      const address = mysqlAddress((await readSecret('MYSQL_URL', fresh)) ?? '', { tls, ca })
      if (address !== undefined) return address
      throw new OutOfReach('secret', 'MYSQL_URL must be mysql://user:password@host:3306/database')
    },
    clock,
    random,
    maxConnections,
    watch: () => access.clock.watchMs(),
  })
  const ask = () => connection.run((query) => query(`SELECT ${SERVER_NOW}`), access.limits)
  const access: StoreAccess = {
    connection,
    limits: within(limits),
    clock: tableClock({ clock, ask }),
  }
  return access
}

export const replyStoreIn = (access: StoreAccess): ReplyStore =>
  mysqlReplyStore({ ...access, random, clock })

export const slotStoreIn = ({ connection }: StoreAccess, limits: StoreLimits): SlotStore =>
  mysqlSlotStore({ connection, limits: within(limits) })

export const ticketLockIn = (access: StoreAccess): TicketLock =>
  mysqlTicketLock({ ...access, random })

/** The whole store: a part of it would load no faster beside mysql2. */
export const stopsIn = (access: StoreAccess) => replyStoreIn(access)

export const historyIn = (access: StoreAccess, kept: HistoryKept) =>
  mysqlHistory({ ...access, random, clock, ...kept })

export const serviceConversationsIn = (access: StoreAccess, hours: number) =>
  mysqlServiceConversations({ ...access, random, clock, hours })

export const userRecordsIn = (access: StoreAccess, limits?: StoreLimits) =>
  mysqlUserRecords({ ...access, random, clock, ...(limits ? { limits: within(limits) } : {}) })

export const webhookPathsIn = (access: StoreAccess) =>
  mysqlWebhookPaths({ ...access, random, clock })

export const forgetExpired = ({ connection }: StoreAccess, isOver: () => boolean) =>
  deleteExpired(connection, isOver)

/** A database is paid for by the hour, however often it is written to: progress is recorded after each call. */
export const verdictStoreIn = (_access: StoreAccess, _sdkAppId: number): VerdictStore | undefined =>
  undefined
