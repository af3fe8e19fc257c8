import type { PeerRun } from './parts/peers.ts'
import { median } from './statistics.ts'

type Measure =
  | 'calls'
  | 'firstTextMs'
  | 'lagP50Ms'
  | 'lagP95Ms'
  | 'charLagP95Ms'
  | 'lastLateMs'
  | 'gapViolations'
  | 'cpuMs'
  | 'shownChars'

/** The runs of one line in one cell. */
export const runsOf = (
  runs: readonly PeerRun[],
  line: string,
  cell: { readonly trace: string; readonly latencyMs: number },
): readonly PeerRun[] =>
  runs.filter(
    (run) => run.line === line && run.trace === cell.trace && run.latencyMs === cell.latencyMs,
  )

/** The median of a measure over repeats; NaN where it was never measured. */
export const middle = (runs: readonly PeerRun[], measure: Measure): number =>
  median(runs.flatMap((run) => run[measure] ?? []))
