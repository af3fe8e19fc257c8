import { expect, test } from 'vitest'
import { type CallbackAnswer, judgeCallback } from '../../../local/doctor/judge-callback.ts'

const answered = (status: number, tookMs: number, saysOk = true): CallbackAnswer => ({
  kind: 'answered',
  status,
  saysOk,
  tookMs,
})

const forged = answered(403, 20, false)

test.each([
  [[1_200, 90], 'right', '1200 ms at most, of the 2000 ms that Tencent waits'],
  [[2_000, 2_000], 'right', '2000 ms at most, of the 2000 ms that Tencent waits'],
  [[2_001, 90], 'wrong', '2001 ms at most, of the 2000 ms that Tencent waits'],
] as const)('answers after %j ms are %s', (times, verdict, heard) => {
  const genuine = times.map((tookMs) => answered(200, tookMs))

  expect(judgeCallback({ genuine, forged })[2]).toMatchObject({ verdict, heard })
})

test('one callback of several that is turned away is enough', () => {
  const genuine = [answered(200, 90), answered(403, 20, false)]

  expect(judgeCallback({ genuine, forged })).toMatchObject([{ id: 'callback', verdict: 'wrong' }])
})

test.each([
  answered(200, 20),
  answered(404, 20, false),
  { kind: 'none', detail: 'No answer.' } as const,
])('a forged callback that gets %j is not refused as it must be', (answer) => {
  const findings = judgeCallback({ genuine: [answered(200, 90)], forged: answer })

  expect(findings[1]).toMatchObject({ id: 'callback-forged', verdict: 'wrong' })
})
