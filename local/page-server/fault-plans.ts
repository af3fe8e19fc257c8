import type { ModelFault } from '../model/events.ts'
import { type Fault, type FaultPlan, noFaults } from '../simulator/faults.ts'

type Environment = Readonly<Record<string, string>>

/** Where something goes wrong. */
type FaultGroup = 'none' | 'service' | 'model' | 'functions'

/** Something that may go wrong with the next replies. */
export interface FaultSetup {
  readonly label: string
  readonly group: FaultGroup
  /** What happens to the calls of the service; counts anew each time it is made. */
  readonly plan: () => FaultPlan
  readonly model?: ModelFault
  /** What the functions are told beside that, so that nobody waits long. */
  readonly env?: Environment
  /** The number of the call during which the process that writes is killed. */
  readonly killedAtCall?: number
  /** Each callback comes twice. */
  readonly twice?: boolean
  /** The text goes through POST /replies, whose function must hand it over after so long. */
  readonly handedOverAfterMs?: number
  /** The time of that function, in place of what serverless.yml gives it. */
  readonly repliesTimeoutMs?: number
}

/** Every fourth call of `send_stream_msg` fails, the second one first; all others pass. */
const everyFourth = (fault: Fault) => (): FaultPlan => {
  let sends = 0
  return ({ command }) => {
    if (command !== 'send_stream_msg') return undefined
    sends++
    return sends % 4 === 2 ? fault : undefined
  }
}

const service = (label: string, fault: Fault): FaultSetup => ({
  label,
  group: 'service',
  plan: everyFourth(fault),
})
const model = (label: string, fault: ModelFault, env: Environment = {}): FaultSetup => ({
  label,
  group: 'model',
  plan: () => noFaults,
  model: fault,
  env,
})

const HANDED_OVER_AFTER_MS = 3_000

/** What may go wrong with the next calls, as the page offers it. */
export const faultChoices = {
  none: { label: 'Nothing', group: 'none', plan: () => noFaults },
  'drop-after': service('Answer lost, call applied', { kind: 'dropAfter' }),
  'drop-before': service('Connection breaks, call not applied', { kind: 'dropBefore' }),
  late: service('Answer lost, call applied late', { kind: 'late', afterMs: 1_500 }),
  hang: service('No answer at all', { kind: 'hangAfter' }),
  rate: service('Too many calls (60007)', { kind: 'code', code: 60007 }),
  busy: service('Internal error (10002)', { kind: 'code', code: 10002 }),
  gateway: service('502 from in between', { kind: 'http', status: 502, applied: false }),
  garbage: service('An answer that is none', { kind: 'garbage', applied: true }),
  moderated: service('Refused for good (80001)', { kind: 'code', code: 80001 }),
  'model-key': model('The model refuses the key (401)', { kind: 'status', status: 401 }),
  'model-busy': model('The model has too much to do (429)', {
    kind: 'status',
    status: 429,
    retryAfterSeconds: 30,
  }),
  'model-silent': model(
    'The model falls silent',
    { kind: 'hangs-after', after: 40 },
    { SOURCE_TIMEOUT_MS: '4000' },
  ),
  kill: {
    label: 'The worker is killed',
    group: 'functions',
    plan: () => noFaults,
    env: { LEASE_MS: '4000' },
    killedAtCall: 6,
  },
  'hand-over': {
    label: 'The time of the function runs out',
    group: 'functions',
    plan: () => noFaults,
    // A function hands over after half of its time, if it has that little.
    repliesTimeoutMs: 2 * HANDED_OVER_AFTER_MS,
    handedOverAfterMs: HANDED_OVER_AFTER_MS,
  },
  twice: {
    label: 'Each callback comes twice',
    group: 'functions',
    plan: () => noFaults,
    twice: true,
  },
} as const satisfies Readonly<Record<string, FaultSetup>>

export type FaultChoice = keyof typeof faultChoices

export const isFaultChoice = (name: string): name is FaultChoice => name in faultChoices

/** What is to go wrong, by its name. */
export const faultSetup = (name: FaultChoice): FaultSetup => faultChoices[name]
