import { connect } from 'node:net'
import { type Connection, createConnection, type QueryResult } from 'mysql2'
import { mysqlError } from './mysql-error.ts'

/** What a statement may be given. */
export type Value = string | number | null

export type Columns = Readonly<Record<string, Value>>

/** What a statement brought. */
interface Answer {
  readonly rows: readonly Columns[]
  /** Rows that it inserted, updated or deleted. */
  readonly changed: number
  /** What the statement passed to LAST_INSERT_ID. */
  readonly noted: number
}

/** Sends one statement; each `?` in it stands for a value. Throws `MysqlError`. */
export type Query = (sql: string, values?: readonly Value[]) => Promise<Answer>

/** One connection that has been let in. */
export interface Session {
  readonly query: Query
  /** False once it was closed, by whomever. */
  isOpen(): boolean
  /** False lets the process end though the connection is open. */
  holdProcess(isHeld: boolean): void
  close(): void
}

/** How the way to the database is protected. */
export type MysqlTls =
  /** Encrypted, to a server whose certificate is good for the host's name. */
  | 'verify'
  /** Encrypted, to whoever answers. */
  | 'encrypt'
  | 'off'

/** Where the database is. */
export interface MysqlAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tls: MysqlTls
  /** PEM of the authority that signs the server's certificate; else those that Node knows. */
  readonly ca?: string
}

/** A statement that is not answered for so long will not be, in ms. */
const STATEMENT_MS = 5_000
/** The server closes a connection that nobody uses for so long, in seconds: its sandbox is frozen, or gone. */
const SERVER_IDLE_SECONDS = 30
const LOCK_WAIT_SECONDS = 3

/** Without gap locks, so that two who look for a row that is not there do not wait for each other. */
const ISOLATION = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'
const SETTINGS = `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', wait_timeout = ${SERVER_IDLE_SECONDS}, innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`

const sslOf = ({ tls, ca }: MysqlAddress) =>
  tls === 'off'
    ? {}
    : {
        ssl: {
          minVersion: 'TLSv1.2' as const,
          rejectUnauthorized: tls === 'verify',
          verifyIdentity: tls === 'verify',
          ...(ca === undefined ? {} : { ca }),
        },
      }

const isRow = (value: unknown): value is Columns => typeof value === 'object' && value !== null

const answerOf = (result: QueryResult): Answer => {
  if (Array.isArray(result)) {
    const all: readonly unknown[] = result
    return { rows: all.filter(isRow), changed: 0, noted: 0 }
  }
  return { rows: [], changed: result.affectedRows, noted: result.insertId }
}

const queryOn =
  (connection: Connection): Query =>
  (sql, values = []) =>
    new Promise((resolve, reject) => {
      // `sql_mode` is set above, so that values are escaped as the server reads them; none is ever an object.
      connection.query<QueryResult>(
        { sql, values: [...values], timeout: STATEMENT_MS },
        (error, result) => (error === null ? resolve(answerOf(result)) : reject(mysqlError(error))),
      )
    })

/** Connects and prepares the session. Gives up after `withinMs`. Throws `MysqlError`. */
export const openSession = async (address: MysqlAddress, withinMs: number): Promise<Session> => {
  const { host, port, user, password, database } = address
  const socket = connect({ host, port, noDelay: true })
  const connection = createConnection({
    stream: () => socket,
    host,
    port,
    user,
    password,
    database,
    charset: 'UTF8MB4_BIN',
    connectTimeout: Math.max(1, Math.ceil(withinMs)),
    ...sslOf(address),
  })
  let open = true
  const closed = (): void => {
    open = false
  }
  // Also heard where nobody waits for an answer, so that a server that goes away ends no process.
  connection.on('error', closed)
  connection.on('end', closed)
  const query = queryOn(connection)
  const close = (): void => {
    closed()
    // Says goodbye, so that the server frees the connection at once, and does not wait for the answer.
    connection.end(() => {})
    connection.destroy()
  }
  try {
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error === null ? resolve() : reject(mysqlError(error))))
    })
    await query(SETTINGS)
    await query(ISOLATION)
  } catch (error) {
    close()
    throw error
  }
  const holdProcess = (isHeld: boolean): void => void (isHeld ? socket.ref() : socket.unref())
  return { query, isOpen: () => open, holdProcess, close }
}
