import { type Fault, type FaultPlan, noFaults } from '../simulator/faults.ts'

/** Every fourth call of `send_stream_msg` fails, the second one first; all others pass. */
const everyFourth = (fault: Fault) => (): FaultPlan => {
  let sends = 0
  return ({ command }) => {
    if (command !== 'send_stream_msg') return undefined
    sends++
    return sends % 4 === 2 ? fault : undefined
  }
}

/** What may go wrong with the next calls, as the page offers it; each plan counts anew when it is chosen. */
export const faultChoices = {
  none: { label: 'Nothing', plan: () => noFaults },
  'drop-before': {
    label: 'Connection breaks, call not applied',
    plan: everyFourth({ kind: 'dropBefore' }),
  },
  'drop-after': {
    label: 'Answer lost, call applied',
    plan: everyFourth({ kind: 'dropAfter' }),
  },
  late: {
    label: 'Answer lost, call applied late',
    plan: everyFourth({ kind: 'late', afterMs: 1_500 }),
  },
  rate: {
    label: 'Too many calls (60007)',
    plan: everyFourth({ kind: 'code', code: 60007 }),
  },
  busy: {
    label: 'Internal error (10002)',
    plan: everyFourth({ kind: 'code', code: 10002 }),
  },
  hang: { label: 'No answer at all', plan: everyFourth({ kind: 'hangAfter' }) },
  gateway: {
    label: '502 from in between',
    plan: everyFourth({ kind: 'http', status: 502, applied: false }),
  },
  garbage: {
    label: 'An answer that is none',
    plan: everyFourth({ kind: 'garbage', applied: true }),
  },
  moderated: {
    label: 'Refused for good (80001)',
    plan: everyFourth({ kind: 'code', code: 80001 }),
  },
} as const satisfies Readonly<Record<string, { label: string; plan: () => FaultPlan }>>

export type FaultChoice = keyof typeof faultChoices

export const isFaultChoice = (name: string): name is FaultChoice => name in faultChoices
