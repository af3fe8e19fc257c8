import type { MetricValues } from '../core/metric-names.ts'

/** Time, so that no use case reads the real clock. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The ends of an invocation, as they come nearer. */
export interface InvocationSignals {
  /** Aborts when what may need most of an invocation's time can no longer be begun. */
  readonly startBy: AbortSignal
  /** Aborts while there is just time enough to bring things in order. */
  readonly handOver: AbortSignal
  /** Aborts when the invocation is about to be ended. */
  readonly deadline: AbortSignal
}

/** One line of the structured log. Fields carry no text of users and no credential. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Figures for dashboards and alarms. */
export interface Metrics {
  /** Publishes one observation of each figure. `dimensions` split a figure; `properties` only help to find the line. */
  record(
    values: MetricValues,
    about?: {
      readonly dimensions?: Readonly<Record<string, string>>
      readonly properties?: Readonly<Record<string, string>>
    },
  ): void
}
