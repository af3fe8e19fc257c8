/** `right`: nothing to do. `wrong`: something must be mended. `unknown`: nobody could tell, or nobody asked. */
export type Verdict = 'right' | 'wrong' | 'unknown'

/** One thing that was looked at, in plain words. */
export interface Finding {
  /** A name that stays, for `--json`. */
  readonly id: string
  readonly verdict: Verdict
  readonly title: string
  /** What was done to find out, where the title does not say it. */
  readonly asked?: string
  /** What came of it, with the service's answer. */
  readonly heard: string
  /** What it means for this program. */
  readonly so?: string
  /** What to do, for `wrong`. */
  readonly mend?: string
}

/** A variable of the functions, with the value that follows from the findings. */
export interface Recommendation {
  readonly name: 'CHAT_REGION' | 'IN_DOUBT' | 'MESSAGE_BYTES'
  readonly value: string
  /** The value in the environment, or its default. */
  readonly now: string
}

/** All that the doctor found. */
export interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly settings: readonly Recommendation[]
}

/** True when nothing must be mended. */
export const isHealthy = ({ findings }: Diagnosis): boolean =>
  findings.every(({ verdict }) => verdict !== 'wrong')
