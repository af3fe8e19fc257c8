/** What an error of the database means to whoever asked. */
export type MysqlTrouble =
  /** Nobody knows whether the statement was applied: the connection is gone, or the server is going. */
  | 'lost'
  /** The server undid it because somebody else was at the same row. */
  | 'busy'
  /** A row of that id is there. */
  | 'exists'
  /** A table is missing. */
  | 'noTable'
  /** There are as many connections as there may be. */
  | 'crowded'
  /** The database does not let us in: wrong password, unknown database, no TLS. */
  | 'shutOut'
  /** The server says no, and would say it again. */
  | 'refused'

/** Of the server's error numbers those that mean something here, alike in MySQL 8 and MariaDB. */
const troubles: ReadonlyMap<number, MysqlTrouble> = new Map<number, MysqlTrouble>([
  [1062, 'exists'],
  [1146, 'noTable'],
  [1205, 'busy'],
  [1213, 'busy'],
  [1040, 'crowded'],
  [1203, 'crowded'],
  [1226, 'crowded'],
  [1044, 'shutOut'],
  [1045, 'shutOut'],
  [1049, 'shutOut'],
  [1698, 'shutOut'],
  // Shutting down, read-only after a fail-over, killed, idle for too long, or a paused server that is waking.
  [1053, 'lost'],
  [1290, 'lost'],
  [1317, 'lost'],
  [1836, 'lost'],
  [1927, 'lost'],
  [4031, 'lost'],
  [9449, 'lost'],
])

/** Nobody gets in by trying again: a certificate that is not trusted, or a server without TLS. */
const withoutTls = /^(HANDSHAKE_|CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_SSL_)/

/** An error of the database, without the text of a statement or a credential. */
export class MysqlError extends Error {
  readonly trouble: MysqlTrouble

  constructor(trouble: MysqlTrouble, code: string, options?: ErrorOptions) {
    super(`the database answered ${code}`, options)
    this.name = 'MysqlError'
    this.trouble = trouble
  }
}

interface Raised {
  readonly code?: unknown
  readonly errno?: unknown
  readonly fatal?: unknown
}

const troubleOf = ({ code, errno, fatal }: Raised): MysqlTrouble => {
  const known = typeof errno === 'number' ? troubles.get(errno) : undefined
  if (known !== undefined) return known
  if (typeof code === 'string' && withoutTls.test(code)) return 'shutOut'
  // The system counts its errors below zero, the server above.
  const isServers = typeof errno === 'number' && errno > 0 && fatal !== true
  return isServers ? 'refused' : 'lost'
}

/** What mysql2 raised, classified. Its own message may show a statement with its values. */
export const mysqlError = (raised: unknown): MysqlError => {
  if (raised instanceof MysqlError) return raised
  const { code, errno, fatal } = (raised ?? {}) as Raised
  const name = typeof code === 'string' && /^[\w-]{1,60}$/.test(code) ? code : String(errno)
  return new MysqlError(troubleOf({ code, errno, fatal }), name)
}
