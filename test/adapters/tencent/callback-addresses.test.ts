import { describe, expect, it } from 'vitest'
import { callbackAddresses } from '../../../lib/adapters/tencent/callback-addresses.ts'
import type { TencentCall } from '../../../lib/adapters/tencent/tencent-call.ts'

const lost: Awaited<ReturnType<TencentCall>> = {
  ok: false,
  error: { reason: 'inDoubt', detail: 'No answer within 500 ms.' },
}
const listing = (...IPList: readonly string[]): Awaited<ReturnType<TencentCall>> => ({
  ok: true,
  value: { ErrorCode: 0, ErrorInfo: '', IPList },
})

/** Tencent, which answers whenever the test says so. */
const startWorld = () => {
  let nowMs = 0
  const warnings: string[] = []
  const waiting: ((answer: Awaited<ReturnType<TencentCall>>) => void)[] = []
  const commands: string[] = []
  const isTencents = callbackAddresses({
    call: (command) => {
      commands.push(command)
      return new Promise((resolve) => waiting.push(resolve))
    },
    clock: { now: () => nowMs },
    log: { info: () => {}, warn: (event) => warnings.push(event) },
  })
  return {
    isTencents,
    warnings,
    commands,
    answer: async (answer: Awaited<ReturnType<TencentCall>>) => {
      waiting.shift()?.(answer)
      await new Promise(setImmediate)
    },
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

const HOUR = 3_600_000

describe('callbackAddresses', () => {
  it('asks once, however many callbacks wait for the answer', async () => {
    const world = startWorld()

    const asked = ['192.0.2.1', '192.0.2.2', undefined].map(world.isTencents)
    await world.answer(listing('192.0.2.1'))

    expect(await Promise.all(asked)).toEqual([true, false, false])
    expect(await world.isTencents('192.0.2.1')).toBe(true)
    expect(world.commands).toEqual(['ConfigSvc/GetIPList'])
  })

  it('reads it again after an hour, and lets nobody wait for that', async () => {
    const world = startWorld()
    const first = world.isTencents('192.0.2.1')
    await world.answer(listing('192.0.2.1'))
    await first

    world.pass(HOUR)
    expect(await world.isTencents('192.0.2.1')).toBe(true)
    expect(world.commands).toHaveLength(1)
    world.pass(1)
    expect(await world.isTencents('192.0.2.9')).toBe(false)
    expect(await world.isTencents('192.0.2.1')).toBe(true)
    expect(world.commands).toHaveLength(2)
    await world.answer(listing('192.0.2.9'))

    expect(await world.isTencents('192.0.2.9')).toBe(true)
    expect(await world.isTencents('192.0.2.1')).toBe(false)
  })

  it('keeps the last list where no new one can be had, and asks at most once a minute', async () => {
    const world = startWorld()
    const first = world.isTencents('192.0.2.1')
    await world.answer(listing('192.0.2.1'))
    await first

    world.pass(HOUR)
    for (let minute = 0; minute < 5; minute += 1) {
      world.pass(60_000)
      for (let n = 0; n < 3; n += 1) expect(await world.isTencents('192.0.2.2')).toBe(false)
      await world.answer(minute % 2 === 0 ? lost : listing())
      expect(await world.isTencents('192.0.2.1')).toBe(true)
      expect(world.commands).toHaveLength(minute + 2)
    }

    expect(world.warnings).toEqual(Array(5).fill('callback-addresses-not-read'))
  })

  it('takes every address, with a warning, where there has never been a list', async () => {
    const world = startWorld()

    const first = world.isTencents('192.0.2.1')
    await world.answer(lost)
    expect(await first).toBe(true)
    expect(await world.isTencents(undefined)).toBe(true)
    expect(world.commands).toHaveLength(1)
    expect(world.warnings).toEqual([
      'callback-addresses-not-read',
      'callback-address-not-checked',
      'callback-address-not-checked',
    ])

    world.pass(60_000)
    const later = world.isTencents('192.0.2.2')
    await world.answer(listing('192.0.2.1'))
    expect(await later).toBe(false)
  })
})
