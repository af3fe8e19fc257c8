import type { Clock } from '../../ports.ts'

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const wake = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, Math.max(ms, 0))
    signal?.addEventListener('abort', wake, { once: true })
  })

/** The machine's clock. A sleep leaves neither timer nor listener behind, however it ends. */
export const systemClock: Clock = { now: () => Date.now(), sleep }
