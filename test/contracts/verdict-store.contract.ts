import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { VerdictStore } from '../../lib/ports.ts'

export interface VerdictWorld {
  /** Another process's way to the verdict on an application. */
  newStore(sdkAppId: number): VerdictStore
  close(): Promise<void>
}

const T = 1_700_000_000_000
const MINUTE_MS = 60_000

/** What every `VerdictStore` promises. Each case has an application of its own. */
export const verdictStoreContract = (name: string, start: () => Promise<VerdictWorld>): void => {
  describe(`the verdict on open messages: ${name}`, () => {
    let world: VerdictWorld
    let applications = 1_400_000_000
    beforeAll(async () => {
      world = await start()
    })
    afterAll(() => world.close())

    /** Two processes of one application. */
    const two = () => {
      applications += 1
      return [world.newStore(applications), world.newStore(applications)] as const
    }

    it('is unknown before anybody has noted one, also after somebody was let look', async () => {
      const [one, other] = two()

      expect(await one.read()).toBeUndefined()
      await one.mayLook(T)
      expect(await other.read()).toBeUndefined()
    })

    it('is what was noted last, for every process', async () => {
      const [one, other] = two()
      await one.note({ shown: true, atMs: T })
      await other.note({ shown: false, atMs: T + 5 })

      expect(await one.read()).toEqual({ shown: false, atMs: T + 5 })
    })

    it('is not replaced by what was seen before it', async () => {
      const [one, other] = two()
      await one.note({ shown: false, atMs: T + 5 })
      await other.note({ shown: true, atMs: T })

      expect(await one.read()).toEqual({ shown: false, atMs: T + 5 })
    })

    it('is looked for by one of those who ask at the same time, and by another ten minutes later', async () => {
      const [one, other] = two()

      const may = await Promise.all([one, other, one, other].map((store) => store.mayLook(T)))

      expect(may.filter((granted) => granted)).toHaveLength(1)
      expect(await one.mayLook(T + 10 * MINUTE_MS - 1)).toBe(false)
      expect(await one.mayLook(T + 10 * MINUTE_MS)).toBe(true)
    })

    it('is not looked for within ten minutes of a verdict', async () => {
      const [one, other] = two()
      await one.note({ shown: false, atMs: T })

      expect(await other.mayLook(T + 10 * MINUTE_MS - 1)).toBe(false)
      expect(await other.mayLook(T + 10 * MINUTE_MS)).toBe(true)
    })

    it('is looked for again where a wrong clock has looked far ahead', async () => {
      const [one, other] = two()
      await one.mayLook(T + 60 * MINUTE_MS)

      expect(await other.mayLook(T)).toBe(true)
    })
  })
}
