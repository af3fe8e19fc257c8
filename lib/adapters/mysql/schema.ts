import { mysqlError } from './mysql-error.ts'
import type { Query } from './session.ts'

/*
 * The tables, described in docs/stored-data.md. Each step is one statement that may be made twice: a step whose function was
 * killed is made again. A step never takes away what the functions of the version before it need: they run beside it.
 */

const table = (name: string, columns: readonly string[]): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (${columns.join(', ')})
    ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`

const id = 'id VARCHAR(255) NOT NULL PRIMARY KEY'
const writtenBy = 'written_by VARCHAR(64) NOT NULL'
const expiry = ['expires_at BIGINT NULL', 'KEY expiring (expires_at)']
const record = 'record LONGTEXT NOT NULL'

const documents = (name: string): string => table(name, [id, record, writtenBy, ...expiry])

/** Version 1 is the first of them, and so on. */
const steps: readonly string[] = [
  table('reply', [
    id,
    'kind VARCHAR(16) NOT NULL',
    'status VARCHAR(16) NOT NULL',
    'epoch BIGINT NOT NULL',
    'lease_until_ms DOUBLE NOT NULL',
    'taken_by VARCHAR(64) NOT NULL',
    'cancel_requested TINYINT NOT NULL',
    'attempts INT NULL',
    'attempt_chars BIGINT NULL',
    'sweep VARCHAR(16) NULL',
    'sweep_at_ms DOUBLE NULL',
    record,
    'pieces LONGTEXT NULL',
    writtenBy,
    ...expiry,
    'KEY orphans (sweep, sweep_at_ms)',
  ]),
  documents('msgkey'),
  documents('history'),
  documents('line'),
  documents('webhook'),
  documents('user'),
  table('budget', [id, 'taken_to_us BIGINT NOT NULL']),
  "INSERT IGNORE INTO budget (id, taken_to_us) VALUES ('calls', 0), ('edges', 0)",
]

/** The tables whose rows are deleted when their time is over. */
export const expiringTables = ['reply', 'msgkey', 'history', 'line', 'webhook', 'user'] as const

const VERSION_TABLE = table('schema_version', [
  'id TINYINT NOT NULL PRIMARY KEY',
  'version INT NOT NULL',
])

/** For this database alone: the server knows locks by their name. */
const LOCK = "CONCAT('chat-stream.', LEFT(MD5(DATABASE()), 32))"
const LOCK_SECONDS = 4

const versionNow = async (query: Query): Promise<number> => {
  const { rows } = await query('SELECT version FROM schema_version WHERE id = 1')
  return Number(rows[0]?.['version'] ?? 0)
}

/** 0 also where nobody has made a table yet. */
const versionSeen = (query: Query): Promise<number> =>
  versionNow(query).catch((error: unknown) => {
    const raised = mysqlError(error)
    if (raised.trouble === 'noTable') return 0
    throw raised
  })

const takeSteps = async (query: Query): Promise<void> => {
  await query(VERSION_TABLE)
  await query('INSERT IGNORE INTO schema_version (id, version) VALUES (1, 0)')
  for (let version = (await versionNow(query)) + 1; version <= steps.length; version += 1) {
    await query(steps[version - 1] ?? '')
    await query('UPDATE schema_version SET version = ? WHERE id = 1', [version])
  }
}

/**
 * Brings the tables to what this version needs, one process at a time; one question where they are. Tables of a newer version
 * are left as they are. Throws `MysqlError`.
 */
export const migrate = async (query: Query): Promise<void> => {
  if ((await versionSeen(query)) >= steps.length) return
  const { rows } = await query(`SELECT GET_LOCK(${LOCK}, ${LOCK_SECONDS}) AS locked`)
  // Somebody else is at it; whoever asks finds out by trying again.
  if (Number(rows[0]?.['locked']) !== 1) throw mysqlError({ code: 'SCHEMA_LOCKED', fatal: true })
  try {
    await takeSteps(query)
  } finally {
    await query(`SELECT RELEASE_LOCK(${LOCK}) AS released`).catch(() => undefined)
  }
}
