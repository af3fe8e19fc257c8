import type { Fault } from '../../local/simulator/faults.ts'

const code = (number: number): Fault => ({ kind: 'code', code: number })

/** One code of each class that a reply survives, and all that a network does. */
export const survivableFaults: readonly Fault[] = [
  code(10002),
  code(60007),
  code(60008),
  code(70001),
  code(70009),
  code(80002),
  code(90054),
  code(90995),
  { kind: 'dropBefore' },
  { kind: 'dropAfter' },
  { kind: 'hangBefore' },
  { kind: 'hangAfter' },
  { kind: 'late', afterMs: 2_000 },
  { kind: 'http', status: 502, applied: false },
  { kind: 'http', status: 502, applied: true },
  { kind: 'garbage', applied: false },
  { kind: 'garbage', applied: true },
  { kind: 'notSent' },
]

/** Answers that end a reply. */
export const refusals: readonly Fault[] = [code(10004), code(80001)]
