/** Measures how long text waits between its arrival and the call that carries it. All times in ms since the epoch. */
export interface LagMeter {
  /** Text is in hand. */
  waiting(nowMs: number): void
  /** A call that began at `startedAtMs` was applied; `textLeft` where it did not carry all that is in hand. */
  applied(startedAtMs: number, nowMs: number, textLeft: boolean): void
  longestMs(): number
}

export const lagMeter = (): LagMeter => {
  let sinceMs: number | undefined
  let longestMs = 0
  return {
    waiting(nowMs) {
      sinceMs ??= nowMs
    },
    applied(startedAtMs, nowMs, textLeft) {
      longestMs = Math.max(longestMs, nowMs - (sinceMs ?? startedAtMs))
      // The rest arrived after the call was planned, or is the cluster that the call held back.
      sinceMs = textLeft ? startedAtMs : undefined
    },
    longestMs: () => longestMs,
  }
}
