import process from 'node:process'
import { stampCalls } from '../../scenarios/kill/call-age.ts'

/**
 * Loaded in each sandbox before its function: says which process it is, stamps its calls with the time that all share, and
 * then sets its clock wrong.
 */
const offsetMs = Number(process.env['SOAK_OFFSET_MS'] ?? 0)
const trueNow = Date.now
const shiftedNow = (): number => trueNow() + offsetMs

stampCalls(trueNow)
if (offsetMs !== 0) {
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget),
    get: (target, name) => (name === 'now' ? shiftedNow : Reflect.get(target, name)),
  })
}
process.stdout.write(`${JSON.stringify({ soakSandbox: { pid: process.pid, offsetMs } })}\n`)
