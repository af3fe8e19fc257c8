import type { Finding } from './finding.ts'

/** The service gives a signature's time some room, callbacks 300 s. */
const MUCH_SKEW_MS = 60_000

/** Compares this machine's clock with the service's; `skewMs` is positive where this machine is ahead. */
export const judgeClock = (skewMs: number | undefined): Finding => {
  const about = { id: 'clock', title: 'Clock' }
  if (skewMs === undefined) {
    return { ...about, verdict: 'unknown', heard: 'The service did not tell its time.' }
  }
  const seconds = Math.round(Math.abs(skewMs) / 1_000)
  const side = skewMs > 0 ? 'ahead of' : 'behind'
  const heard =
    seconds <= 1
      ? 'This machine and the service agree within a second.'
      : `This machine is ${seconds} s ${side} the service.`
  if (Math.abs(skewMs) <= MUCH_SKEW_MS) return { ...about, verdict: 'right', heard }
  return {
    ...about,
    verdict: 'wrong',
    heard,
    mend: 'Set the clock of this machine: signatures carry its time.',
  }
}
