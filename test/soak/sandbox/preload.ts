import process from 'node:process'
import { stampCalls } from '../../scenarios/kill/call-age.ts'

/*
 * Loaded in each sandbox before its function: says which process it is, stamps its calls with the time that all share, and
 * then sets its clock wrong, and perhaps wrong in another way after a while.
 */

const numberIn = (name: string): number => Number(process.env[name] ?? 0)
const offsetMs = numberIn('SOAK_OFFSET_MS')
const leapMs = numberIn('SOAK_LEAP_MS')
const trueNow = Date.now
const leapsAtMs = trueNow() + numberIn('SOAK_LEAP_AFTER_MS')
const wrongNow = (): number => {
  const nowMs = trueNow()
  return nowMs + offsetMs + (nowMs >= leapsAtMs ? leapMs : 0)
}

stampCalls(trueNow)
if (offsetMs !== 0 || leapMs !== 0) {
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [wrongNow()] : args, newTarget),
    get: (target, name) => (name === 'now' ? wrongNow : Reflect.get(target, name)),
  })
}
process.stdout.write(`${JSON.stringify({ soakSandbox: { pid: process.pid, offsetMs, leapMs } })}\n`)
