import type { TraceToken } from '../model/events.ts'
import type { TraceModel } from '../model/server.ts'
import { anyFault, type FaultPlan } from '../simulator/faults.ts'
import type { SimulatedService } from '../simulator/service.ts'
import {
  type FaultChoice,
  type FaultSetup,
  faultChoices,
  faultSetup,
  isFaultChoice,
} from './fault-plans.ts'
import type { SettingsPart } from './page-state.ts'
import { readTokens, traceNames } from './traces.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The part of the stack that the page may change while it runs. */
export interface Switches {
  readonly settings: () => SettingsPart
  /** What source and faults add to the environment that serverless.yml reads. */
  readonly sourceEnv: () => Environment
  /** What goes wrong now. */
  readonly faults: () => FaultSetup
  readonly latencyMs: () => number
  /** The recorded answer; `undefined` where another source answers. */
  readonly recording: () => readonly TraceToken[] | undefined
  /** Resolves when the functions run with what was changed. */
  ready(): Promise<void>
  /** Takes the names of the sources that there are. */
  setSources(names: readonly string[]): void
  /** Applies what is given. Answers with a sentence about the first field that is wrong; then nothing is changed. */
  change(wanted: Readonly<Record<string, unknown>>): string | undefined
}

export interface SwitchesOptions {
  /** Absent where the functions talk to the real service. */
  readonly service?: SimulatedService
  readonly model: TraceModel
  /** The caller's own choice in the environment, such as `openai`. */
  readonly ownSource: string | undefined
  readonly env: Environment
  /** Kills the processes that answer users now. */
  readonly killWorkers: () => void
  /** Called when the environment of the functions has changed. */
  readonly sourceChanged: () => Promise<void>
}

const LATENCIES_MS = [20, 80, 300, 800]

/** What the functions must be started anew for. */
const toldBy = ({ env, repliesTimeoutMs }: FaultSetup): string =>
  JSON.stringify({ ...env, repliesTimeoutMs })

/** What a source needs before it can be chosen. */
const needed: Readonly<Record<string, string>> = {
  openai: 'OPENAI_MODEL',
  http: 'REPLY_SOURCE_URL',
}
const labels: Readonly<Record<string, string>> = { echo: 'Echo of the question' }

/** Switches as they stand when the stack starts: 80 ms, no faults, a recorded answer unless the caller named a source. */
export const switches = (options: SwitchesOptions): Switches => {
  const { service, model, ownSource, env, killWorkers, sourceChanged } = options
  let sources: readonly string[] = ['echo', ...(ownSource === undefined ? [] : [ownSource])]
  let latencyMs = 80
  let faults: FaultChoice = 'none'
  let source = ownSource ?? 'trace'
  let trace: string = traceNames[0]
  let renewed = Promise.resolve()
  model.set({ tokens: readTokens(trace) })

  const choices = () => ({
    latencyMs: LATENCIES_MS.map((ms) => ({ value: String(ms), label: `${ms} ms` })),
    faults: Object.entries(faultChoices).map(([value, { label, group }]) => ({
      value,
      label,
      group,
    })),
    source: [
      { value: 'trace', label: 'Recorded answer' },
      ...[...new Set(sources)].map((name) => ({ value: name, label: labels[name] ?? name })),
    ],
    trace: traceNames.map((name) => ({ value: name, label: name })),
  })

  /** The processes begin to die with a certain call, once. */
  const killing = ({ killedAtCall }: FaultSetup): FaultPlan => {
    let sends = 0
    return ({ command }) => {
      if (command === 'send_stream_msg' && ++sends === killedAtCall) setImmediate(killWorkers)
      return undefined
    }
  }
  const setFaults = (value: FaultChoice): void => {
    const before = toldBy(faultSetup(faults))
    faults = value
    const setup = faultSetup(value)
    model.set({ fault: setup.model ?? { kind: 'none' } })
    service?.setFaults(anyFault(killing(setup), setup.plan()))
    if (before !== toldBy(setup)) renewed = sourceChanged()
  }

  const setters: Readonly<Record<string, (value: string) => void>> = {
    latencyMs(value) {
      latencyMs = Number(value)
      service?.setLatency(latencyMs)
    },
    faults(value) {
      if (isFaultChoice(value)) setFaults(value)
    },
    source(value) {
      if (source === value) return
      source = value
      renewed = sourceChanged()
    },
    trace(value) {
      trace = value
      model.set({ tokens: readTokens(value) })
    },
  }

  const isOffered = (name: string, value: string): boolean =>
    Object.entries(choices()).some(
      ([choice, list]) => choice === name && list.some((one) => one.value === value),
    )

  return {
    settings: () => ({
      latencyMs: String(latencyMs),
      faults,
      source,
      trace,
      choices: choices(),
    }),
    faults: () => faultSetup(faults),
    ready: () => renewed,
    latencyMs: () => latencyMs,
    recording: () => (source === 'trace' ? readTokens(trace) : undefined),
    sourceEnv: () => ({
      ...faultSetup(faults).env,
      ...(source === 'trace'
        ? { REPLY_SOURCE: 'openai', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'trace' }
        : { REPLY_SOURCE: source }),
    }),
    setSources(names) {
      sources = names.filter((name) => {
        const variable = needed[name]
        return name === ownSource || variable === undefined || Boolean(env[variable])
      })
    },
    change(wanted) {
      const changes = Object.entries(wanted).map(([name, value]) => [name, String(value)] as const)
      const wrong = changes.find(([name, value]) => !isOffered(name, value))
      if (wrong !== undefined) return `${wrong[0]} cannot be ${wrong[1]}`
      for (const [name, value] of changes) setters[name]?.(value)
      return undefined
    },
  }
}
