import { FARTHEST_MS, type Reserved, reserveFrom } from '../../core/rate-schedule.ts'
import type { SlotStore } from '../../ports.ts'
import type { MysqlConnection, MysqlLimits } from './connection.ts'

/*
 * One row for each schedule; `taken_to_us` is where its free slots begin, in whole µs, so that no sum gets longer than its
 * parts. A reservation is one UPDATE; LAST_INSERT_ID brings the value from before it along, and the rest follows from that.
 */
const RESERVE = `UPDATE budget
  SET taken_to_us = IF(LAST_INSERT_ID(taken_to_us) BETWEEN ? AND ?, taken_to_us, ?) + ?
  WHERE id = ? AND NOT (taken_to_us > ? AND taken_to_us <= ?)`

const upUs = (ms: number): number => Math.ceil(ms * 1_000)

/** The schedules in the table `budget`. A lost answer wastes the slots it tells of, nothing else. */
export const mysqlSlotStore = ({
  connection,
  limits,
}: {
  readonly connection: MysqlConnection
  readonly limits?: MysqlLimits
}): SlotStore => ({
  reserve({ schedule, spanMs, nowMs, latestMs }, signal): Promise<Reserved | undefined> {
    const nowUs = upUs(nowMs)
    const farthestUs = nowUs + FARTHEST_MS * 1_000
    const latestUs = Math.min(Math.floor(latestMs * 1_000), farthestUs)
    const values = [nowUs, farthestUs, nowUs, upUs(spanMs), schedule, latestUs, farthestUs]
    return connection.run(
      async (query) => {
        const { changed, noted } = await query(RESERVE, values)
        if (changed === 0) return undefined
        const before = noted === 0 ? undefined : noted / 1_000
        const reserved = reserveFrom(before, { schedule, spanMs, nowMs: nowUs / 1_000, latestMs })
        return reserved && { firstAtMs: reserved.firstAtMs, idleMs: reserved.idleMs }
      },
      limits,
      signal,
    )
  },
})
