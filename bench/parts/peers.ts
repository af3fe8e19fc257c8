import { setTimeout as wait } from 'node:timers/promises'
import { readTrace, TRACES } from '../../test/support/texts.ts'
import { type ClientProcess, startClient } from '../client-process.ts'
import type { Context } from '../context.ts'
import { type Figures, figuresOf } from '../figures.ts'
import { type LockState, lines } from '../lines.ts'
import { freshEnvironment } from '../our-environment.ts'

/** One reply of one line. */
export interface PeerRun extends Figures {
  readonly line: string
  readonly trace: string
  readonly latencyMs: number
  readonly repeat: number
  readonly cpuMs: number
  readonly violations: readonly string[]
  /** What the helper threw. */
  readonly error?: string
}

export interface PeersResult {
  readonly runs: readonly PeerRun[]
  readonly failed: readonly NotPlayed[]
}

/** A line that could not be played, and why. */
interface NotPlayed {
  readonly line: string
  readonly trace: string
  readonly latencyMs: number
  readonly why: string
}

export const STANDARD = { trace: 'english-60', latencyMs: 80 } as const

interface Cell {
  readonly trace: string
  readonly latencyMs: number
  readonly repeat: number
}

/** A helper that waits for each call needs far longer than the trace. */
const SLOWEST_MS = 60_000

/** The same traces through every line; several processes at once, each against a service of its own. */
export const peers = async (context: Context): Promise<PeersResult> => {
  const runs: PeerRun[] = []
  const failed: NotPlayed[] = []
  const play = async (cell: Cell, some: readonly LockState[]) => {
    for (const outcome of await playCell(context, cell, some)) {
      if ('why' in outcome) failed.push(outcome)
      else runs.push(outcome)
    }
    context.say(`${cell.trace} at ${cell.latencyMs} ms, ${cell.repeat + 1}`)
  }

  const { repeats } = context
  // The standard cell has the machine to itself, half of the lines at a time.
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    // What waits for each call takes half a minute, and is always the same.
    const some = repeat > 0 ? lines.filter(({ helper }) => helper !== 'awaited') : lines
    for (const half of [even(some, 0), even(some, 1)]) await play({ ...STANDARD, repeat }, half)
  }
  const everywhere = lines.filter(({ plays }) => plays === 'everywhere')
  const others = context.mode === 'quick' ? [] : otherCells(repeats)
  const inLanes = async (rest: Cell[], width: number) => {
    const lane = async () => {
      for (let cell = rest.shift(); cell !== undefined; cell = rest.shift()) {
        await play(cell, everywhere)
      }
    }
    await Promise.all(Array.from({ length: width }, lane))
  }
  const isStandard = ({ trace }: Cell) => trace === STANDARD.trace
  await inLanes(others.filter(isStandard), 1)
  await inLanes(
    others.filter((cell) => !isStandard(cell)),
    LANES,
  )
  return { runs, failed }
}

/** Cells that are played at once, where a few ms do not matter. */
const LANES = 3

const even = <T>(list: readonly T[], part: number): readonly T[] =>
  list.filter((_, nth) => nth % 2 === part)

const LATENCIES = [20, 80, 300, 800]

const LONG_MS = 20_000

/** All repeats of the standard trace at every distance and of every trace at the standard one, three of others, one of long ones. */
const otherCells = (most: number): Cell[] => {
  const lastMs = (trace: string) => readTrace(trace).at(-1)?.t ?? 0
  const repeatsOf = (trace: string, latencyMs: number): number => {
    const [isTrace, isLatency] = [trace === STANDARD.trace, latencyMs === STANDARD.latencyMs]
    if (isTrace && isLatency) return 0
    if (isTrace || isLatency) return most
    return Math.min(most, lastMs(trace) > LONG_MS ? 1 : 3)
  }
  const cells = TRACES.flatMap((trace) =>
    LATENCIES.flatMap((latencyMs) =>
      Array.from({ length: repeatsOf(trace, latencyMs) }, (_, repeat) => {
        return { trace, latencyMs, repeat }
      }),
    ),
  )
  // The longest first, so that the lanes end together.
  return cells.sort((a, b) => lastMs(b.trace) - lastMs(a.trace))
}

type Outcome = PeerRun | NotPlayed

const playCell = async (
  context: Context,
  cell: Cell,
  some: readonly LockState[],
): Promise<readonly Outcome[]> => {
  const started: (() => Promise<Outcome>)[] = []
  // One after another: loading is not what is measured.
  for (const line of some) started.push(await prepare(context, cell, line))
  return Promise.all(
    started.map(async (go, nth) => {
      await wait(nth * 37)
      return go()
    }),
  )
}

const prepare = async (
  { server }: Context,
  { trace, latencyMs, repeat }: Cell,
  line: LockState,
): Promise<() => Promise<Outcome>> => {
  const url = await server.open({ latencyMs })
  const env = line.helper === 'ours' ? { env: await freshEnvironment(server) } : {}
  const job = { helper: line.helper, options: line.options, trace, urls: [url], ...env }
  const failed = async (error: unknown): Promise<Outcome> => {
    await server.take(url)
    return { line: line.name, trace, latencyMs, why: String(error).slice(0, 300) }
  }
  let client: ClientProcess
  try {
    client = await startClient(job)
  } catch (error) {
    return () => failed(error)
  }
  const tokens = readTrace(trace)
  return async () => {
    try {
      const report = await client.go((tokens.at(-1)?.t ?? 0) + SLOWEST_MS)
      const log = await server.take(url)
      const [startedAtMs = 0] = report.startedAtMs
      const [error] = report.errors
      return {
        line: line.name,
        trace,
        latencyMs,
        repeat,
        cpuMs: report.cpuMs,
        violations: log.violations,
        ...(error == null ? {} : { error }),
        ...figuresOf(log.calls, tokens, startedAtMs, line.gapMs),
      }
    } catch (error) {
      return failed(error)
    }
  }
}
