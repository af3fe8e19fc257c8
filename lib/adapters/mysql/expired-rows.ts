import type { MysqlConnection } from './connection.ts'
import { expiringTables } from './schema.ts'

/** So few at once hold nobody up. */
const ROWS_AT_ONCE = 200

/**
 * Deletes rows whose time is over by the server's clock, some at a time, until none is left or `isOver` says so. Resolves with
 * how many they were. Throws `OutOfReach`.
 */
export const deleteExpired = async (
  connection: MysqlConnection,
  isOver: () => boolean,
): Promise<number> => {
  let deleted = 0
  for (const table of expiringTables) {
    let more = true
    while (more && !isOver()) {
      const { changed } = await connection.run((query) =>
        query(
          `DELETE FROM ${table} WHERE expires_at < UNIX_TIMESTAMP() ORDER BY expires_at LIMIT ${ROWS_AT_ONCE}`,
        ),
      )
      deleted += changed
      more = changed === ROWS_AT_ONCE
    }
  }
  return deleted
}
