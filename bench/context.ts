import type { ServerProcess } from './server-process.ts'

export type Mode = 'quick' | 'whole'

/** What every part is given. */
export interface Context {
  readonly mode: Mode
  /** How often a reply is played at most, for the median. */
  readonly repeats: number
  /** One server for the whole run. */
  readonly server: ServerProcess
  /** A line of progress. */
  readonly say: (line: string) => void
  /** Results of other parts of this mode, as they are on disk; `undefined` where that part has not run. */
  readonly result: <T>(part: string) => T | undefined
}
