import type { Fault, FaultPlan } from '../../local/simulator/faults.ts'
import type { Chance } from './random.ts'

/** How calls to the service fare for a while. */
export interface Weather {
  readonly name: 'calm' | 'drizzle' | 'storm' | 'slow' | 'outage'
  readonly lastsMs: number
  readonly latencyMs: () => number
  readonly faults: FaultPlan
}

const code = (number: number): Fault => ({ kind: 'code', code: number })

/** What a reply survives; nothing that lies about its message, such as "full" or "lost". */
const passing: readonly Fault[] = [
  code(10_002),
  code(60_007),
  code(60_008),
  code(70_001),
  code(70_009),
  code(90_995),
  { kind: 'dropBefore' },
  { kind: 'dropAfter' },
  { kind: 'hangBefore' },
  { kind: 'hangAfter' },
  { kind: 'late', afterMs: 1_500 },
  { kind: 'http', status: 502, applied: false },
  { kind: 'http', status: 502, applied: true },
  { kind: 'garbage', applied: false },
  { kind: 'garbage', applied: true },
  { kind: 'notSent' },
]

/** Nothing gets through. */
const outOfReach: readonly Fault[] = [
  { kind: 'notSent' },
  { kind: 'http', status: 502, applied: false },
  code(60_008),
]

export const calm: Weather = {
  name: 'calm',
  lastsMs: 10_000,
  latencyMs: () => 60,
  faults: () => undefined,
}

/** Weather of any kind, mostly fair. */
export const nextWeather = (chance: Chance): Weather => {
  const { part, oneOf, whole, between } = chance
  const failing =
    (probability: number, faults: readonly Fault[] = passing): FaultPlan =>
    () =>
      chance.happens(probability) ? oneOf(faults) : undefined
  const near = () => between(20, 140)
  const lastsMs = whole(4_000, 15_000)
  const kind = part()
  if (kind < 0.35) return { ...calm, lastsMs, latencyMs: near }
  if (kind < 0.7) return { name: 'drizzle', lastsMs, latencyMs: near, faults: failing(0.03) }
  if (kind < 0.85) return { name: 'storm', lastsMs, latencyMs: near, faults: failing(0.2) }
  if (kind < 0.95) {
    return { name: 'slow', lastsMs, latencyMs: () => between(300, 1_800), faults: failing(0.02) }
  }
  return {
    name: 'outage',
    lastsMs: Math.min(lastsMs, 8_000),
    latencyMs: near,
    faults: failing(0.95, outOfReach),
  }
}
