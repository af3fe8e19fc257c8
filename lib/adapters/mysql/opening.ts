import { OutOfReach } from '../../core/out-of-reach.ts'
import type { Clock } from '../../ports.ts'
import { MysqlError, mysqlError } from './mysql-error.ts'
import { migrate } from './schema.ts'
import { type MysqlAddress, openSession, type Session } from './session.ts'

export interface MysqlAccess {
  /** Where the database is; `fresh` reads the secret again. Throws where nobody can say. */
  readonly readAddress: (fresh: boolean) => Promise<MysqlAddress>
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** At most so many connections of this user to this database, over all processes; 0 is no limit. */
  readonly maxConnections?: number
}

export interface OpenedSession extends Session {
  /** True where others may be waiting for its place. */
  readonly isLast: boolean
}

/** Somebody who waits for the database. */
export interface Asker {
  readonly dueMs: number
  /** True once nobody waits for the outcome any more. */
  isGone(): boolean
}

const BETWEEN_TRIES_MS = 150

/** The oldest connections stay, so that those who come at once agree on who is one too many. */
const OLDER_CONNECTIONS = `SELECT COUNT(*) AS older FROM information_schema.PROCESSLIST
  WHERE USER = SUBSTRING_INDEX(USER(), '@', 1) AND DB = DATABASE() AND ID < CONNECTION_ID()`

/** Of all connections so many may be kept for as long as they are of use; the others are given up again for who waits. */
const KEPT_SHARE = 0.75

/** Whether it is one of the last that there may be. Throws where it is one too many. */
const isAmongLast = async (
  { query }: Session,
  { maxConnections = 0 }: MysqlAccess,
): Promise<boolean> => {
  if (maxConnections === 0) return false
  const { rows } = await query(OLDER_CONNECTIONS)
  const older = Number(rows[0]?.['older'])
  if (older >= maxConnections) throw new MysqlError('crowded', 'crowded')
  return older + 1 > maxConnections * KEPT_SHARE
}

const openOnce = async (
  access: MysqlAccess,
  fresh: boolean,
  withinMs: number,
): Promise<OpenedSession> => {
  const session = await openSession(await access.readAddress(fresh), withinMs)
  try {
    const isLast = await isAmongLast(session, access)
    await migrate(session.query)
    return { ...session, isLast }
  } catch (error) {
    session.close()
    throw mysqlError(error)
  }
}

/** Whether a next try may be let in: after a shut door once, where the password may have been changed since it was read. */
const mayPass = (now: MysqlError, before: MysqlError | undefined): boolean =>
  now.trouble === 'shutOut' ? before?.trouble !== 'shutOut' : now.trouble !== 'refused'

/**
 * Opens a session on tables that are up to date. Tries until it is let in: a paused database refuses, or does not answer, until
 * it is awake. Throws `OutOfReach`.
 */
export const openPatiently = async (access: MysqlAccess, asker: Asker): Promise<OpenedSession> => {
  const { clock, random } = access
  let last: MysqlError | undefined
  while (!asker.isGone() && clock.now() < asker.dueMs) {
    const fresh = last?.trouble === 'shutOut'
    const opened = await openOnce(access, fresh, asker.dueMs - clock.now()).catch(raisedBy)
    if (!(opened instanceof MysqlError)) return opened
    if (!mayPass(opened, last)) throw unreachable(opened)
    last = opened
    await clock.sleep(BETWEEN_TRIES_MS * (1 + random()))
  }
  throw unreachable(last ?? new MysqlError('lost', 'nothing'))
}

const raisedBy = (error: unknown): MysqlError => {
  if (error instanceof OutOfReach) throw error
  return mysqlError(error)
}

const hints: Partial<Record<MysqlError['trouble'], string>> = {
  shutOut: '; check user, password, database and TLS of MYSQL_URL',
  crowded: '; there are as many connections as there may be',
}

export const unreachable = (error: MysqlError): OutOfReach =>
  new OutOfReach('store', `${error.message}${hints[error.trouble] ?? ''}`, {
    cause: error,
    crowded: error.trouble === 'crowded',
  })
