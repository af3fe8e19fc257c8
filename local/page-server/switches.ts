import type { TraceModel } from '../model/server.ts'
import type { SimulatedService } from '../simulator/service.ts'
import { type FaultChoice, faultChoices, isFaultChoice } from './fault-plans.ts'
import type { SettingsPart } from './page-state.ts'
import { readTokens, traceNames } from './traces.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The part of the stack that the page may change while it runs. */
export interface Switches {
  readonly settings: () => SettingsPart
  /** What the chosen source adds to the environment that serverless.yml reads. */
  readonly sourceEnv: () => Environment
  /** Applies what is given. Answers with a sentence about the first field that is wrong; then nothing is changed. */
  change(wanted: Readonly<Record<string, unknown>>): string | undefined
}

export interface SwitchesOptions {
  /** Absent where the functions talk to the real service. */
  readonly service?: SimulatedService
  readonly model: TraceModel
  /** The caller's own choice in the environment, such as `openai`. */
  readonly ownSource: string | undefined
  /** Called when the environment of the functions has changed. */
  readonly sourceChanged: () => void
}

const LATENCIES_MS = [20, 80, 300, 800]

/** Switches as they stand when the stack starts: 80 ms, no faults, a recorded answer unless the caller named a source. */
export const switches = (options: SwitchesOptions): Switches => {
  const { service, model, ownSource, sourceChanged } = options
  const sources = [
    { value: 'trace', label: 'Recorded answer' },
    { value: 'echo', label: 'Echo of the question' },
    ...(ownSource === undefined || ownSource === 'echo'
      ? []
      : [{ value: ownSource, label: `REPLY_SOURCE=${ownSource}` }]),
  ]
  const choices = {
    latencyMs: LATENCIES_MS.map((ms) => ({ value: String(ms), label: `${ms} ms` })),
    faults: Object.entries(faultChoices).map(([value, { label }]) => ({ value, label })),
    source: sources,
    trace: traceNames.map((name) => ({ value: name, label: name })),
  }
  let latencyMs = 80
  let faults: FaultChoice = 'none'
  let source = ownSource ?? 'trace'
  let trace: string = traceNames[0]
  model.set({ tokens: readTokens(trace) })

  const setters: Readonly<Record<string, (value: string) => void>> = {
    latencyMs(value) {
      latencyMs = Number(value)
      service?.setLatency(latencyMs)
    },
    faults(value) {
      if (!isFaultChoice(value)) return
      faults = value
      service?.setFaults(faultChoices[value].plan())
    },
    source(value) {
      source = value
      sourceChanged()
    },
    trace(value) {
      trace = value
      model.set({ tokens: readTokens(value) })
    },
  }

  const isOffered = (name: string, value: string): boolean =>
    Object.entries(choices).some(
      ([choice, list]) => choice === name && list.some((one) => one.value === value),
    )

  return {
    settings: () => ({ latencyMs: String(latencyMs), faults, source, trace, choices }),
    sourceEnv: () =>
      source === 'trace'
        ? { REPLY_SOURCE: 'openai', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'trace' }
        : { REPLY_SOURCE: source },
    change(wanted) {
      const changes = Object.entries(wanted).map(([name, value]) => [name, String(value)] as const)
      const wrong = changes.find(([name, value]) => !isOffered(name, value))
      if (wrong !== undefined) return `${wrong[0]} cannot be ${wrong[1]}`
      for (const [name, value] of changes) setters[name]?.(value)
      return undefined
    },
  }
}
