/** Whether the service shows a message while it is still written, as somebody has seen it. */
export interface Verdict {
  readonly shown: boolean
  /** When that was seen, in ms since the epoch. */
  readonly atMs: number
}

/** How long a verdict counts, in ms. */
const BELIEVED_MS = 86_400_000
/** The whole application looks at most this often, in ms. */
export const LOOK_EVERY_MS = 600_000

/** True while open messages are known to be shown; a clock that is somewhat wrong makes no difference. */
export const showsOpen = (verdict: Verdict | undefined, nowMs: number): boolean =>
  verdict?.shown === true && Math.abs(nowMs - verdict.atMs) < BELIEVED_MS
