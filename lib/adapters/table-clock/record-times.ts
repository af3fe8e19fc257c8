import type { ReplyRecord } from '../../core/reply/record.ts'
import type { Progress } from '../../core/reply/reply.ts'

/** Every moment that is stored has such a name. */
const isMoment = (name: string, value: unknown): value is number =>
  name.endsWith('AtMs') && typeof value === 'number'

const moved = (value: unknown, byMs: number): unknown => {
  if (Array.isArray(value)) return value.map((one) => moved(one, byMs))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      name,
      isMoment(name, held) ? held + byMs : moved(held, byMs),
    ]),
  )
}

/** The progress by a clock that is `byMs` ahead. */
export const movedProgress = (progress: Progress, byMs: number): Progress =>
  byMs === 0 ? progress : (moved(progress, byMs) as Progress)

/** The record by a clock that is `byMs` ahead, but for the end of its lease. */
export const movedRecord = (record: ReplyRecord, byMs: number): ReplyRecord =>
  byMs === 0
    ? record
    : {
        ...record,
        createdAtMs: record.createdAtMs + byMs,
        progress: movedProgress(record.progress, byMs),
      }
