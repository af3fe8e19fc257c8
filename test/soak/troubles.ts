import { setTimeout as wait } from 'node:timers/promises'
import { sendHostile } from './hostile.ts'
import type { Chance } from './random.ts'
import type { LiveSandbox } from './sandboxes.ts'
import type { RunSettings, Trouble } from './settings.ts'
import { calm, nextWeather } from './weather.ts'
import type { SoakWorld } from './world.ts'

/** Something that was done to the stack. */
export interface Act {
  readonly atMs: number
  readonly untilMs: number
  readonly what: string
}

export interface TroublesOptions {
  readonly world: SoakWorld
  readonly settings: RunSettings
  readonly troubles: ReadonlySet<Trouble>
  readonly chance: (part: string) => Chance
  readonly acts: Act[]
  /** Hears of a hostile request that was not refused. */
  readonly notRefused: (sentence: string) => void
}

/** Makes trouble of every kind until `over` aborts; then all is calm again, and nobody is frozen. */
export const makeTrouble = async (options: TroublesOptions, over: AbortSignal): Promise<void> => {
  const { world, troubles } = options
  await Promise.all([
    troubles.has('faults') ? changeWeather(options, over) : undefined,
    troubles.has('kills') || troubles.has('freezes') ? strike(options, over) : undefined,
    troubles.has('hostile') ? annoy(options, over) : undefined,
  ])
  world.service.setFaults(calm.faults)
  world.service.setLatency(calm.latencyMs)
  world.sandboxes.thawAll()
}

/** Resolves early when it is over; false then. */
const pause = async (ms: number, over: AbortSignal): Promise<boolean> => {
  await wait(ms, undefined, { signal: over }).catch(() => {})
  return !over.aborted
}

const changeWeather = async (
  { world, chance, acts }: TroublesOptions,
  over: AbortSignal,
): Promise<void> => {
  const own = chance('weather')
  do {
    const { name, lastsMs, latencyMs, faults } = nextWeather(own)
    const nowMs = Date.now()
    acts.push({ atMs: nowMs, untilMs: nowMs + lastsMs, what: name })
    world.service.setLatency(latencyMs)
    world.service.setFaults(faults)
    await pause(lastsMs, over)
  } while (!over.aborted)
}

const strike = async (options: TroublesOptions, over: AbortSignal): Promise<void> => {
  const own = options.chance('blows')
  while (await pause(own.between(1_500, 6_000), over)) {
    const live = options.world.sandboxes.live()
    // Those that write are of more interest than those that hand on.
    const writers = live.filter(({ functionName }) => functionName !== 'webhook')
    const from = own.happens(0.85) && writers.length > 0 ? writers : live
    if (from.length > 0) strikeOne(options, own.oneOf(from), own)
  }
}

const strikeOne = (
  { world, settings, troubles, acts }: TroublesOptions,
  sandbox: LiveSandbox,
  own: Chance,
): void => {
  const { functionName, pid, offsetMs, leapMs } = sandbox
  const clock = offsetMs === 0 && leapMs === 0 ? '' : ` (clock ${offsetMs} ms, set by ${leapMs} ms)`
  const name = `${functionName} ${pid}${clock}`
  const atMs = Date.now()
  if (troubles.has('kills') && (own.happens(0.5) || !troubles.has('freezes'))) {
    if (world.sandboxes.kill(sandbox)) acts.push({ atMs, untilMs: atMs, what: `kill ${name}` })
    return
  }
  const lastsMs = Math.round(
    own.oneOf([own.between(100, 2_000), own.between(2_000, settings.leaseMs + 6_000)]),
  )
  if (!world.sandboxes.freeze(sandbox)) return
  acts.push({ atMs, untilMs: atMs + lastsMs, what: `freeze ${name}` })
  setTimeout(() => world.sandboxes.thaw(sandbox), lastsMs)
}

const annoy = async (
  { world, chance, notRefused }: TroublesOptions,
  over: AbortSignal,
): Promise<void> => {
  const own = chance('hostile')
  while (await pause(own.between(500, 3_000), over)) {
    const { wrong } = await sendHostile(world.url, own)
    if (wrong !== undefined) notRefused(wrong)
  }
}
