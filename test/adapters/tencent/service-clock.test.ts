import { expect, test } from 'vitest'
import { serviceClock } from '../../../lib/adapters/tencent/service-clock.ts'
import type { MsgKey } from '../../../lib/core/reply/reply.ts'

const NOW_MS = 1_700_000_000_000
const clockAt = (ms: number) => ({ now: () => ms })

test('the Date of an answer tells the offset to two seconds', async () => {
  const time = serviceClock(clockAt(NOW_MS))
  const date = new Date(NOW_MS + 30_000).toUTCString()
  const watched = time.watch(async () => ({ kind: 'json', body: {}, date }))

  expect(await watched('openim/admin_getroammsg', {})).toMatchObject({ kind: 'json', date })

  const { aheadMs, errorMs } = time.offset()
  expect(errorMs).toBeLessThanOrEqual(2_000)
  expect(Math.abs(aheadMs - 30_000)).toBeLessThanOrEqual(errorMs)
})

test('the name of a message that was just opened tells it to half a second', () => {
  const time = serviceClock(clockAt(NOW_MS))

  time.noteOpened(`1_2_${NOW_MS / 1_000 - 3}` as MsgKey, NOW_MS - 80)

  const { aheadMs, errorMs } = time.offset()
  expect(errorMs).toBeLessThanOrEqual(540)
  expect(Math.abs(aheadMs + 3_000)).toBeLessThanOrEqual(errorMs)
})

test('after a leap of our own clock, which it may have made up for, the offset may be less by as much', () => {
  let leaptMs = 0
  const time = serviceClock({ now: () => NOW_MS + leaptMs, leaptMs: () => leaptMs })
  time.noteOpened(`1_2_${NOW_MS / 1_000}` as MsgKey, NOW_MS)
  const before = time.offset()

  leaptMs = 60_000

  const { aheadMs, errorMs } = time.offset()
  expect(before.errorMs).toBeLessThan(600)
  expect(aheadMs + errorMs).toBeCloseTo(before.aheadMs + before.errorMs, -2)
  expect(aheadMs - errorMs).toBeLessThanOrEqual(-60_000)
})

test.each([
  ['a name without a time', 'abc', undefined],
  ['an answer without a date', undefined, undefined],
  ['a date that is none', undefined, 'yesterday'],
])('%s tells nothing', async (_, msgKey, date) => {
  const time = serviceClock(clockAt(NOW_MS))
  const answer = { kind: 'json', body: {}, ...(date === undefined ? {} : { date }) } as const

  await time.watch(async () => answer)('openim/admin_getroammsg', {})
  if (msgKey !== undefined) time.noteOpened(msgKey as MsgKey, NOW_MS)

  expect(time.offset()).toEqual({ aheadMs: 0, errorMs: 65_000, leaptMs: 0 })
})
