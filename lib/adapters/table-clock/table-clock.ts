import {
  boundsAt,
  doubtedBy,
  halvingInMs,
  inSecond,
  learnOffset,
  type OffsetBounds,
  type OffsetEstimate,
  type TimedAnswer,
  widthOf,
} from '../../core/clock-offset.ts'
import { OutOfReach } from '../../core/out-of-reach.ts'
import type { AnswerWatch } from '../aws/aws-json-client.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'

/**
 * The clock of the table, as far as this process knows it. Times of the table are written and compared by that clock alone;
 * every answer of the table tells of it.
 */
export interface TableClock {
  /** For every client of a table that says the time in whole seconds, as the `Date` of its answers. */
  readonly watch: AnswerWatch
  /** For every client of a table that says the time in ms. */
  readonly watchMs: () => (atMs: number) => void
  /**
   * Bounds of "table − process", narrow enough to compare leases by. Where too little is known it asks; a table that tells no
   * time is taken to have this process's clock. Throws `OutOfReach` where nothing is known and the table cannot be asked.
   */
  offset(): Promise<OffsetBounds>
  /** The same, but asks only where nothing at all is known. */
  offsetAtOnce(): Promise<OffsetBounds>
}

/** The table is many machines, whose clocks agree to a few ms, and some servers keep their `Date` for a moment. */
const DATE_ERROR_MS = 30
/** Wider bounds than this help nobody, in ms: something was frozen, or a clock was set. */
const WIDE_MS = 3_000
/** Of a clock that is known to be wrong, this much may stay unknown, in ms. */
const NARROW_MS = 120
const NARROWING_QUESTIONS = 8

/** A clock that is out by more than this is wrong, in ms. */
const WRONG_MS = 250

const isWrong = ({ leastMs, mostMs }: OffsetBounds): boolean =>
  leastMs > WRONG_MS || mostMs < -WRONG_MS

const agreed: OffsetBounds = { leastMs: 0, mostMs: 0 }

export const tableClock = ({
  clock,
  ask,
}: {
  readonly clock: SteadyClock
  /** A cheap question to the table, by a client that has `watch`. */
  readonly ask: () => Promise<unknown>
}): TableClock => {
  let known: OffsetEstimate | undefined
  let leaptMs = clock.leaptMs()
  let tripMs = 0
  let tellsNoTime = false
  let asking: Promise<unknown> | undefined
  let narrowing = false

  /** What is known, less what a leap of our own clock has put in doubt. */
  const current = (): OffsetEstimate | undefined => {
    const newLeapMs = clock.leaptMs() - leaptMs
    leaptMs += newLeapMs
    if (known !== undefined && newLeapMs > 0) known = doubtedBy(known, newLeapMs)
    return known
  }
  const bounds = (): OffsetBounds | undefined => {
    const estimate = current()
    return estimate && boundsAt(estimate, clock.now())
  }
  const askOnce = (): Promise<unknown> => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
  const learn = (answer: TimedAnswer): void => {
    tripMs = (answer.receivedAtMs - answer.sentAtMs) / 2
    known = learnOffset(current(), answer)
    if (isWrong(known)) void narrow()
  }
  const learnDate = (date: string | null, sentAtMs: number): void => {
    const saidMs = date === null ? Number.NaN : Date.parse(date)
    if (Number.isNaN(saidMs)) return
    learn(inSecond(saidMs / 1_000, { sentAtMs, receivedAtMs: clock.now() }, DATE_ERROR_MS))
  }
  const learnMs = (saidMs: number, sentAtMs: number): void =>
    learn({
      sentAtMs,
      receivedAtMs: clock.now(),
      fromMs: saidMs - DATE_ERROR_MS,
      toMs: saidMs + DATE_ERROR_MS,
    })

  /** A process whose clock is wrong gets to know the other one well: what it does not know, its calls may wait for. */
  const narrow = async (): Promise<void> => {
    if (narrowing) return
    narrowing = true
    for (let question = 0; question < NARROWING_QUESTIONS; question += 1) {
      const at = bounds()
      if (at === undefined || widthOf(at) <= NARROW_MS) break
      await clock.sleep(halvingInMs(at, clock.now(), tripMs))
      await askOnce().catch(() => undefined)
    }
    narrowing = false
  }

  const knownOr = async (isEnough: (offset: OffsetBounds) => boolean): Promise<OffsetBounds> => {
    const before = bounds()
    if (before !== undefined && isEnough(before)) return before
    if (before === undefined && tellsNoTime) return agreed
    const failure = await askOnce().then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    const after = bounds()
    if (after !== undefined) return after
    if (failure?.error instanceof OutOfReach) throw failure.error
    // It has answered, and be it with a refusal, which whoever needs more will get to hear.
    tellsNoTime = true
    return agreed
  }

  return {
    watch() {
      const sentAtMs = clock.now()
      return (date) => learnDate(date, sentAtMs)
    },
    watchMs() {
      const sentAtMs = clock.now()
      return (atMs) => learnMs(atMs, sentAtMs)
    },
    offset: () => knownOr((offset) => widthOf(offset) <= WIDE_MS),
    offsetAtOnce: () => knownOr(() => true),
  }
}
