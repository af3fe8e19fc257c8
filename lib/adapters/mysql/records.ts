import { OutOfReach } from '../../core/out-of-reach.ts'
import { randomName } from '../../core/random-name.ts'
import type { MysqlConnection, MysqlLimits } from './connection.ts'
import { mysqlError } from './mysql-error.ts'
import type { Columns, Query, Value } from './session.ts'

/*
 * Every row names the write that made it what it is (`written_by`). A change reads the row, decides, and writes it on condition
 * that it still names the same write:
 *
 *      read (write a)    decide       UPDATE … WHERE written_by = a
 *      ────┬─────────────────────────────┬──────────────────────────▶ time
 *          │         nobody waits        │ one row: done · none: somebody came between, from the start
 *
 * Nothing is locked between two messages, so that a function which is frozen there holds nobody up. Who has lost twice reads
 * under the row's lock, in its place in line. A first try whose answer was lost is known by its name, also when it arrives late:
 * then it meets another name.
 */

/** What a step makes of a row. */
interface Change<Outcome> {
  readonly outcome: Outcome
  /** Columns that get another value, and all of them where the row is new; absent where nothing changes. */
  readonly next?: Columns
}

/**
 * Decides about a row; `undefined` where there is none. Taken again where somebody came between. `name` is the write's, if it
 * comes to one; `isOurs` tells the names of earlier tries of this very change.
 */
export type Step<Outcome> = (
  row: Columns | undefined,
  name: string,
  isOurs: (name: Value | undefined) => boolean,
) => Change<Outcome>

interface ChangeOptions {
  /** True takes the step first with the row as this process saw it last, which is one message less where nobody came between. */
  readonly mayRecall?: boolean
}

/** The rows of one table. Every method throws `OutOfReach`. */
export interface Records {
  find(id: string): Promise<Columns | undefined>
  /** Takes a step with a row, in one atomic write. */
  change<Outcome>(id: string, step: Step<Outcome>, options?: ChangeOptions): Promise<Outcome>
  /** Nothing happens where there is no such row. */
  remove(id: string): Promise<void>
}

export interface RecordsOptions {
  readonly connection: MysqlConnection
  /** In [0, 1); tells processes apart. */
  readonly random: () => number
  readonly limits?: MysqlLimits
}

/** That a change has come to its end. */
interface Settled<Outcome> {
  readonly outcome: Outcome
}

/** The server's time, as every read brings it along. */
export const SERVER_NOW = 'CAST(ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000) AS UNSIGNED) AS now_ms'

const WITHOUT_LOCK = 2
const WITH_LOCK = 3
/** Bounds the memory: a row may have some hundred KiB, and has far less in practice. */
const REMEMBERED_ROWS = 64

const rowsSeen = () => {
  const rows = new Map<string, Columns>()
  return {
    recall: (id: string) => rows.get(id),
    forget: (id: string) => rows.delete(id),
    see(id: string, row: Columns) {
      rows.delete(id)
      rows.set(id, row)
      const [oldest] = rows.keys()
      if (rows.size > REMEMBERED_ROWS && oldest !== undefined) rows.delete(oldest)
    },
  }
}

/** The names in SQL are those of this folder's own code, never of somebody's input. */
const insertOf = (table: string, row: Columns): string => {
  const names = Object.keys(row)
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
}

const isApplied = async (writing: Promise<{ readonly changed: number }>): Promise<boolean> => {
  try {
    return (await writing).changed === 1
  } catch (error) {
    const raised = mysqlError(error)
    if (raised.trouble === 'exists') return false
    throw raised
  }
}

export const mysqlRecords = (
  table: string,
  columns: readonly string[],
  { connection, random, limits = {} }: RecordsOptions,
): Records => {
  const writer = randomName(random())
  const seen = rowsSeen()
  const select = `SELECT ${[...columns, 'written_by', SERVER_NOW].join(', ')} FROM ${table} WHERE id = ?`
  let writes = 0

  const read = async (query: Query, id: string, lock = ''): Promise<Columns | undefined> => {
    const { rows } = await query(`${select}${lock}`, [id])
    return rows[0]
  }

  const write = (
    query: Query,
    id: string,
    before: Columns | undefined,
    next: Columns,
  ): Promise<boolean> => {
    if (before === undefined) {
      const row = { id, ...next }
      return isApplied(query(insertOf(table, row), Object.values(row)))
    }
    const sets = Object.keys(next).map((name) => `${name} = ?`)
    const sql = `UPDATE ${table} SET ${sets.join(', ')} WHERE id = ? AND written_by = ?`
    return isApplied(query(sql, [...Object.values(next), id, before['written_by'] ?? '']))
  }

  /** One change with all its tries. */
  const changing = <Outcome>(id: string, step: Step<Outcome>) => {
    const tried = new Map<Value, Outcome>()
    const isOurs = (name: Value | undefined): boolean => name !== undefined && tried.has(name)

    const settled = (row: Columns | undefined): Settled<Outcome> | undefined => {
      const before = row?.['written_by'] ?? ''
      return tried.has(before) ? { outcome: tried.get(before) as Outcome } : undefined
    }

    /** `undefined` when somebody has come between. */
    const put = async (
      query: Query,
      row: Columns | undefined,
      next: Columns,
      { name, outcome }: Settled<Outcome> & { readonly name: string },
    ): Promise<Settled<Outcome> | undefined> => {
      tried.set(name, outcome)
      const written = { ...next, written_by: name }
      if (await write(query, id, row, written)) {
        seen.see(id, { ...row, ...written })
        return { outcome }
      }
      seen.forget(id)
      return undefined
    }

    const attempt = async (query: Query, row: Columns | undefined, isRemembered = false) => {
      writes += 1
      const name = `${writer}.${writes}`
      const { outcome, next } = step(row, name, isOurs)
      if (next !== undefined) return put(query, row, next, { name, outcome })
      // What was only remembered proves nothing where there is nothing to write.
      return isRemembered ? undefined : { outcome }
    }

    const lookAndAttempt = async (query: Query, lock = '') => {
      const row = await read(query, id, lock)
      return settled(row) ?? attempt(query, row)
    }

    const underLock = async (query: Query) => {
      await query('START TRANSACTION')
      try {
        const done = await lookAndAttempt(query, ' FOR UPDATE')
        await query(done === undefined ? 'ROLLBACK' : 'COMMIT')
        return done
      } catch (error) {
        await query('ROLLBACK').catch(() => undefined)
        throw error
      }
    }

    /** The tries of one use of the connection. */
    return async (query: Query, remembered: Columns | undefined): Promise<Outcome> => {
      const rounds: readonly (() => Promise<Settled<Outcome> | undefined>)[] = [
        async () => remembered && attempt(query, remembered, true),
        ...Array(WITHOUT_LOCK).fill(() => lookAndAttempt(query)),
        ...Array(WITH_LOCK).fill(() => underLock(query)),
      ]
      for (const round of rounds) {
        const done = await round()
        if (done !== undefined) return done.outcome
      }
      throw new OutOfReach('store', `a row of ${table} changed between any two statements`)
    }
  }

  return {
    async find(id) {
      const row = await connection.run((query) => read(query, id), limits)
      if (row !== undefined) seen.see(id, row)
      return row
    },
    async remove(id) {
      seen.forget(id)
      await connection.run((query) => query(`DELETE FROM ${table} WHERE id = ?`, [id]), limits)
    },
    change(id, step, { mayRecall = false } = {}) {
      const takeStep = changing(id, step)
      let remembered = mayRecall ? seen.recall(id) : undefined
      return connection.run((query) => {
        const first = remembered
        // Once: whoever comes here again has lost an answer, and looks.
        remembered = undefined
        return takeStep(query, first)
      }, limits)
    },
  }
}
