import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ScheduleName } from '../../lib/core/rate-schedule.ts'
import type { SlotStore } from '../../lib/ports.ts'
import { never } from '../support/unhurried.ts'

export interface SlotStoreWorld {
  /** Another process's way to the same schedules. */
  newStore(): SlotStore
  close(): Promise<void>
}

/** What every `SlotStore` promises. Each case has a time of its own, an hour after the one before, so that it starts idle. */
export const slotStoreContract = (name: string, start: () => Promise<SlotStoreWorld>): void => {
  describe(`slots: ${name}`, () => {
    let world: SlotStoreWorld
    let T = 1_700_000_000_000
    beforeAll(async () => {
      world = await start()
    })
    afterAll(() => world.close())

    const reserver = (schedule: ScheduleName = 'calls') => {
      const { reserve } = world.newStore()
      return (nowMs: number, spanMs: number, latestMs = Number.POSITIVE_INFINITY) =>
        reserve({ schedule, nowMs, spanMs, latestMs }, never)
    }
    const inAnHour = (): number => {
      T += 3_600_000
      return T
    }

    it('begins at once where it is idle, and tells for how long it was', async () => {
      const nowMs = inAnHour()
      const reserve = reserver()

      const first = await reserve(nowMs, 25)
      const second = await reserve(nowMs + 125, 25)

      expect(first?.firstAtMs).toBe(nowMs)
      expect(second?.firstAtMs).toBe(nowMs + 125)
      expect(second?.idleMs).toBeCloseTo(100)
    })

    it('queues up behind what is taken, whoever took it', async () => {
      const nowMs = inAnHour()
      await reserver()(nowMs, 100.5)

      const other = await reserver()(nowMs + 10, 50.25)
      const third = await reserver()(nowMs + 20, 50)

      expect(other).toEqual({ firstAtMs: nowMs + 100.5, idleMs: 0 })
      expect(third).toEqual({ firstAtMs: nowMs + 150.75, idleMs: 0 })
    })

    it('keeps the schedules apart', async () => {
      const nowMs = inAnHour()
      await reserver('calls')(nowMs, 5_000)

      expect((await reserver('edges')(nowMs, 10))?.firstAtMs).toBe(nowMs)
    })

    it('reserves nothing where the schedule is taken beyond the latest time', async () => {
      const nowMs = inAnHour()
      await reserver()(nowMs, 300)

      expect(await reserver()(nowMs, 10, nowMs + 299)).toBeUndefined()
      expect((await reserver()(nowMs, 10, nowMs + 300))?.firstAtMs).toBe(nowMs + 300)
    })

    it('begins anew where a wrong clock took it far ahead', async () => {
      const nowMs = inAnHour()
      await reserver()(nowMs + 600_000, 10)

      expect(await reserver()(nowMs, 10)).toEqual({ firstAtMs: nowMs, idleMs: 0 })
    })

    it('gives many at once slots that do not overlap', async () => {
      const nowMs = inAnHour()

      const reserved = await Promise.all(
        Array.from({ length: 30 }, (_, n) => reserver()(nowMs + (n % 3), 5.333)),
      )

      const firsts = reserved.map((slots) => slots?.firstAtMs ?? 0).sort((a, b) => a - b)
      const gaps = firsts.slice(1).map((atMs, n) => atMs - (firsts[n] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThan(5.33)
    })

    it('rejects once its caller has lost patience', async () => {
      const { reserve } = world.newStore()
      const request = { schedule: 'calls', nowMs: inAnHour(), spanMs: 5, latestMs: T } as const

      await expect(reserve(request, AbortSignal.abort())).rejects.toThrow()
    })
  })
}
