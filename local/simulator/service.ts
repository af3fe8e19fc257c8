import type { Clock } from '../../lib/ports.ts'
import { refusal, type ServiceAnswer } from './answers.ts'
import { type CallRecord, callLog, type SimulatedCall } from './call-log.ts'
import { type Fault, type FaultPlan, type FaultyCall, noFaults } from './faults.ts'
import type { ChatRules } from './rules.ts'
import type { UserSigCheck } from './user-sig-check.ts'

/** What a caller gets to see. */
export type ServiceOutcome =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly text: string
      /** What the service's clock shows, Unix milliseconds. */
      readonly atMs: number
    }
  /** The connection broke, or the caller gave up. */
  | { readonly kind: 'dropped' }
  /** There was no connection. */
  | { readonly kind: 'unreachable' }

/** Milliseconds there and back, half of it before the call is applied. */
export type Latency = number | ((call: FaultyCall) => number)

export interface SimulatedServiceOptions {
  readonly rules: ChatRules
  readonly clock: Clock
  readonly latencyMs?: Latency
  readonly faults?: FaultPlan
  /** How far the service's clock is ahead of `clock`, in ms; less than 0 where it is behind. */
  readonly aheadMs?: number
  /** Left out, any credentials do. */
  readonly userSig?: UserSigCheck
}

/** Tencent Chat with the distance to it, and what may go wrong on the way. */
export interface SimulatedService {
  /** Makes one call. It goes on inside the service when `signal` aborts; only the caller hears no more of it. */
  call(
    command: string,
    query: URLSearchParams,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<ServiceOutcome>
  /** Every call so far, in the order in which they began. */
  readonly calls: readonly SimulatedCall[]
  readonly rules: ChatRules
  readonly clock: Clock
  setLatency(latencyMs: Latency): void
  setFaults(faults: FaultPlan): void
}

/** What somebody answers, whenever that is. */
interface Words {
  readonly status: number
  readonly text: string
}

/** How a fault bends the course of a call. */
interface Course {
  readonly applied: boolean
  readonly ending: 'answer' | 'drop' | 'hang' | Words
}

const page = (status: number): Words => ({
  status,
  text: '<html><body>This is not an answer of the service.</body></html>',
})

const answered = (answer: ServiceAnswer): Words => ({ status: 200, text: JSON.stringify(answer) })

const courseOf = (fault: Exclude<Fault, { kind: 'late' | 'notSent' }> | undefined): Course => {
  switch (fault?.kind) {
    case undefined:
      return { applied: true, ending: 'answer' }
    case 'code':
      return {
        applied: false,
        ending: answered(refusal(fault.code, fault.info ?? `fault ${fault.code}`)),
      }
    case 'dropBefore':
    case 'dropAfter':
      return { applied: fault.kind === 'dropAfter', ending: 'drop' }
    case 'hangBefore':
    case 'hangAfter':
      return { applied: fault.kind === 'hangAfter', ending: 'hang' }
    case 'http':
      return { applied: fault.applied, ending: page(fault.status) }
    case 'garbage':
      return { applied: fault.applied, ending: page(200) }
  }
}

/** The service's own time limit (document 1047/34620): whatever hangs after that, it works on it no longer. */
const SERVICE_LIMIT_MS = 3_000

const dropped: ServiceOutcome = { kind: 'dropped' }

const whenGivenUp = (signal: AbortSignal | undefined): Promise<ServiceOutcome> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve(dropped)
    signal?.addEventListener('abort', () => resolve(dropped), { once: true })
  })

/** The rules behind a network. Works in virtual time as in real time: it waits on `clock` alone. */
export const simulatedService = (options: SimulatedServiceOptions): SimulatedService => {
  const { rules, clock, userSig, aheadMs = 0 } = options
  let latency = options.latencyMs ?? 0
  let faults = options.faults ?? noFaults
  const log = callLog(rules, clock)

  const serviceNow = (): number => clock.now() + aheadMs

  const apply = (record: CallRecord, query: URLSearchParams, body: unknown): Words => {
    const answer =
      userSig?.(query, serviceNow()) ?? rules.handle(record.fullCommand, body, serviceNow())
    record.noteDecision(answer)
    return answered(answer)
  }

  const wait = async (ms: number): Promise<void> => {
    if (ms > 0) await clock.sleep(ms)
  }

  const follow = async (
    course: Course,
    latencyMs: number,
    applyNow: () => Words,
    giveUp: () => void,
  ): Promise<ServiceOutcome> => {
    await wait(latencyMs / 2)
    const answer = course.applied ? applyNow() : undefined
    const atMs = serviceNow()
    if (course.ending === 'hang') {
      void clock.sleep(SERVICE_LIMIT_MS).then(giveUp)
      return new Promise(() => {})
    }
    await wait(latencyMs / 2)
    const words = course.ending === 'answer' ? answer : course.ending
    return words === undefined || words === 'drop' ? dropped : { kind: 'answer', atMs, ...words }
  }

  const serve = async (
    record: CallRecord,
    query: URLSearchParams,
    body: unknown,
  ): Promise<ServiceOutcome> => {
    const latencyMs = typeof latency === 'number' ? latency : latency(record.call)
    const fault = faults(record.call)
    record.noteFault(fault)
    const applyNow = (): Words => apply(record, query, body)
    if (fault?.kind === 'notSent') return { kind: 'unreachable' }
    if (fault?.kind === 'late') {
      void clock.sleep(fault.afterMs).then(applyNow)
      return dropped
    }
    return follow(courseOf(fault), latencyMs, applyNow, record.noteGivenUp)
  }

  return {
    calls: log.calls,
    rules,
    clock,
    setLatency: (latencyMs) => {
      latency = latencyMs
    },
    setFaults: (plan) => {
      faults = plan
    },
    async call(command, query, body, signal) {
      const record = log.begin(command, body)
      try {
        return await Promise.race([serve(record, query, body), whenGivenUp(signal)])
      } finally {
        record.noteEnd()
      }
    },
  }
}
