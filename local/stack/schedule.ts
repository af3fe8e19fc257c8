import type { ScheduledEvent } from 'aws-lambda'

const unitMs = { minute: 60_000, hour: 3_600_000 } as const

/** `rate(1 minute)` in milliseconds. Throws where it is no rate. */
export const rateMs = (expression: string): number => {
  const [, count, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(expression) ?? []
  if (unit !== 'minute' && unit !== 'hour') throw new Error(`${expression} is no rate`)
  return Number(count) * unitMs[unit]
}

/** The event that a schedule hands to its function at `nowMs`. */
export const scheduledEvent = (region: string, nowMs: number): ScheduledEvent => ({
  id: `scheduled-${nowMs}`,
  version: '0',
  account: '000000000000',
  time: new Date(nowMs).toISOString(),
  region,
  resources: [],
  source: 'aws.events',
  'detail-type': 'Scheduled Event',
  detail: {},
})
