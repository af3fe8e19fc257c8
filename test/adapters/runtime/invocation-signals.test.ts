import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { invocationSignals } from '../../../lib/adapters/runtime/invocation-signals.ts'
import { lambdaContext } from '../../support/local-cloud.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** When each signal comes, in ms from the start. */
const timesOf = async ({
  clear: _,
  workingMs: __,
  ...signals
}: ReturnType<typeof invocationSignals>) => {
  const startMs = Date.now()
  const times: Record<string, number> = {}
  for (const [name, signal] of Object.entries(signals)) {
    signal.addEventListener('abort', () => {
      times[name] = Date.now() - startMs
    })
  }
  await vi.runAllTimersAsync()
  return times
}

describe('invocationSignals', () => {
  it.each([
    [
      'as much time as asked for',
      29_000,
      10_000,
      { startBy: 9_500, handOver: 19_000, deadline: 28_300 },
    ],
    [
      'half of what was never twice as much',
      12_000,
      10_000,
      { startBy: 3_000, handOver: 6_000, deadline: 11_300 },
    ],
    ['little time', 1_000, 10_000, { startBy: 250, handOver: 500, deadline: 750 }],
    ['no time', 0, 10_000, { startBy: 0, handOver: 0, deadline: 0 }],
  ])('leaves %s', async (_name, remainingMs, handOverMs, times) => {
    expect(await timesOf(invocationSignals(lambdaContext(remainingMs), handOverMs))).toEqual(times)
  })

  it('takes 29 s where the platform does not say', async () => {
    const times = await timesOf(invocationSignals({}, 10_000))

    expect(times).toEqual({ startBy: 9_500, handOver: 19_000, deadline: 28_300 })
    expect(await timesOf(invocationSignals(undefined, 10_000))).toEqual(times)
  })

  it('leaves no timer behind once cleared', async () => {
    const signals = invocationSignals(lambdaContext(), 10_000)

    signals.clear()

    expect(vi.getTimerCount()).toBe(0)
    expect(await timesOf(signals)).toEqual({})
  })
})
