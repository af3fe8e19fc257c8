import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { freePort } from '../../local/cloud/listen.ts'

const run = promisify(execFile)

const START_LIMIT_MS = 30_000
const POLL_MS = 50
/** Some of its tests hold many connections at once. */
const MAX_CONNECTIONS = 400

const installed = (name: string): string | undefined =>
  ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/usr/local/sbin']
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path))

/** True where Debian's `mariadb-server` is installed. `MARIADB_REQUIRED=1` makes it an error where it is not. */
export const hasMariadb = (): boolean => {
  const isThere =
    installed('mariadbd') !== undefined && installed('mariadb-install-db') !== undefined
  if (!isThere && process.env['MARIADB_REQUIRED'] === '1') {
    throw new Error(
      'MARIADB_REQUIRED=1, and no mariadbd is installed: apt-get install mariadb-server',
    )
  }
  if (!isThere) console.warn('mariadb-server is not installed: what concerns MySQL is not tested.')
  return isThere
}

const installOptions = (directory: string): readonly string[] => [
  '--no-defaults',
  `--datadir=${join(directory, 'data')}`,
  // Others would take each other's temporary tables.
  `--tmpdir=${directory}`,
  `--user=${userInfo().username}`,
  '--auth-root-authentication-method=normal',
  '--skip-test-db',
  '--skip-name-resolve',
]

/** What the server is started with: nothing of it outlives the test, so nothing need reach the disk. */
const serverOptions = (directory: string, port: number): readonly string[] => [
  '--no-defaults',
  `--datadir=${join(directory, 'data')}`,
  `--tmpdir=${directory}`,
  `--socket=${join(directory, 's')}`,
  `--pid-file=${join(directory, 'pid')}`,
  `--port=${port}`,
  '--bind-address=127.0.0.1',
  `--user=${userInfo().username}`,
  `--max-connections=${MAX_CONNECTIONS}`,
  '--skip-name-resolve',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-buffer-pool-size=32M',
  '--performance-schema=OFF',
]

export interface Mariadb {
  readonly port: number
  /** `mysql://…` of a database of its own, empty, with a user who has all rights in it and no others. */
  newDatabase(): Promise<string>
  /** Statements as root, such as `KILL`. */
  asRoot(sql: string): Promise<unknown>
  /** Stops the server as if its machine were frozen, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** Ends the server with all that it held. */
  close(): Promise<void>
}

/** The server goes, and its directory with it, as soon as nobody holds the other end of standard input, however that came. */
const WATCH = '"$@" & trap "" INT TERM; cat >/dev/null; kill -9 $!; wait; rm -rf "$0"'

/** A MariaDB server of its own, on a free port of 127.0.0.1, in a temporary directory. It ends with this process. */
export const startMariadb = async (): Promise<Mariadb> => {
  const directory = mkdtempSync(join(tmpdir(), 'tcs-mariadb-'))
  const port = await freePort()
  await run(installed('mariadb-install-db') ?? '', installOptions(directory)).catch((error) => {
    rmSync(directory, { recursive: true, force: true })
    throw error
  })
  const watch = ['-c', WATCH, directory, installed('mariadbd') ?? '']
  const child = spawn('sh', [...watch, ...serverOptions(directory, port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()

  const asRoot = async (sql: string): Promise<unknown> => {
    const connection = await createConnection({ host: '127.0.0.1', port, user: 'root' })
    try {
      return (await connection.query(sql))[0]
    } finally {
      await connection.end()
    }
  }
  await untilReady(asRoot, () => child.exitCode !== null)

  let databases = 0
  return {
    port,
    asRoot,
    async newDatabase() {
      databases += 1
      const name = `chat_${databases}`
      await asRoot(`CREATE DATABASE ${name}`)
      await asRoot(`CREATE USER ${name}@'%' IDENTIFIED BY 'secret of ${name}'`)
      await asRoot(`GRANT ALL ON ${name}.* TO ${name}@'%'`)
      return `mysql://${name}:secret%20of%20${name}@127.0.0.1:${port}/${name}`
    },
    signal: (name) => {
      process.kill(Number(readFileSync(join(directory, 'pid'), 'utf8')), name)
    },
    async close() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

const untilReady = async (
  ask: (sql: string) => Promise<unknown>,
  isGone: () => boolean,
): Promise<void> => {
  const limitMs = Date.now() + START_LIMIT_MS
  for (;;) {
    const isUp = await ask('SELECT 1').then(
      () => true,
      () => false,
    )
    if (isUp) return
    if (isGone() || Date.now() > limitMs) throw new Error('MariaDB does not start.')
    await wait(POLL_MS)
  }
}
