import { LOOK_EVERY_MS, type Verdict } from '../../lib/core/reply/verdict.ts'
import type { VerdictStore } from '../../lib/ports.ts'

/** A `VerdictStore` for tests and for processes that share nothing. */
export const memoryVerdictStore = (): VerdictStore => {
  let verdict: Verdict | undefined
  let lookedAtMs: number | undefined

  return {
    async read() {
      return verdict
    },
    async mayLook(nowMs) {
      const isDue = lookedAtMs === undefined || Math.abs(nowMs - lookedAtMs) >= LOOK_EVERY_MS
      if (isDue) lookedAtMs = nowMs
      return isDue
    },
    async note(newer) {
      if (verdict !== undefined && verdict.atMs > newer.atMs) return
      verdict = newer
      lookedAtMs = newer.atMs
    },
  }
}
