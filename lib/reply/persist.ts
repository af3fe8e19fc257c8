import { OutOfReach } from '../core/out-of-reach.ts'
import type { Pause } from './waiting.ts'

/** Together some six seconds: a table that is throttled or changes its leader is there again by then. */
const ASK_AGAIN_MS = [100, 200, 400, 800, 1_600, 3_200]

/** Asks the store again while it is out of reach, as long as waiting goes on. Rejects with its last failure. */
export const persist = async <T>(ask: () => Promise<T>, pause: Pause): Promise<T> => {
  for (const ms of ASK_AGAIN_MS) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof OutOfReach) || !(await pause(ms))) throw error
    }
  }
  return ask()
}
