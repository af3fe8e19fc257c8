import { type SourceDelta, textOfDelta } from '../core/conversation/source-delta.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import { TextBrokenOff } from '../core/reply/text-broken-off.ts'
import type { Clock } from '../ports.ts'

/** How long a source may keep its reader waiting. */
export interface SourceTimeout {
  /** Without any sign of life, in ms. */
  readonly silenceMs: number
  /** When the whole answer must be over, and how much time it was given; both in ms. */
  readonly limit?: { readonly atMs: number; readonly ms: number }
  /** Aborts when the reader can wait no longer, whatever the source does. */
  readonly outOfTime: AbortSignal
}

const silent = (ms: number): ReplyFailure => ({
  reason: 'source-failed',
  detail: `The source of the reply gave nothing for ${ms / 1_000} s (SOURCE_TIMEOUT_MS).`,
})

const tooLong = (ms: number): ReplyFailure => ({
  reason: 'source-failed',
  detail: `The answer took longer than ${ms / 1_000} s (ANSWER_LIMIT_MS).`,
})

const outOfTime: ReplyFailure = {
  reason: 'source-failed',
  detail: 'The source of the reply had not ended when the invocation ran out of time.',
}

/** What the deltas' owner is told. */
export interface DeltaEvents {
  readonly onDelta: (text: string) => void
  /** Called as soon as nobody wants more, for whatever reason, even while the source is producing the next delta. */
  readonly letGo: () => void
}

/** Remembers when a source last gave a sign of life, be it text or not. */
export interface SourcePulse {
  readonly beat: () => void
  readonly lastMs: () => number
}

export const sourcePulse = (clock: Clock): SourcePulse => {
  let lastMs = clock.now()
  return {
    beat: () => {
      lastMs = clock.now()
    },
    lastMs: () => lastMs,
  }
}

/** After this many empty deltas in a row the reader pauses: a source may produce them without ever letting others run. */
const EMPTY_IN_A_ROW = 100
const EMPTY_PAUSE_MS = 50

/**
 * The deltas of a source, broken off when it falls silent or goes on for too long. Text is a sign of life, and so is what the
 * source reports as one; an empty delta is not.
 */
export const withSourceTimeout = (
  deltas: AsyncIterable<SourceDelta>,
  clock: Clock,
  patience: SourceTimeout,
  { onDelta, letGo }: DeltaEvents,
  pulse: SourcePulse = sourcePulse(clock),
): AsyncIterable<SourceDelta> => ({
  [Symbol.asyncIterator]() {
    const source = deltas[Symbol.asyncIterator]()
    const ask = () => inTime(source.next(), clock, patience, pulse)
    return {
      async next() {
        pulse.beat()
        const next = await textOf(ask, clock, patience, pulse).catch((error: unknown) => {
          letGo()
          throw error
        })
        if (next.done) letGo()
        else onDelta(textOfDelta(next.value))
        return next
      },
      async return() {
        letGo()
        // A source that hangs may settle this late or never, so it is not awaited.
        source.return?.()?.then(undefined, () => undefined)
        return { done: true, value: undefined }
      },
    }
  },
})

/** The next delta that has text, or the end. */
const textOf = async (
  ask: () => Promise<IteratorResult<SourceDelta>>,
  clock: Clock,
  { silenceMs }: SourceTimeout,
  pulse: SourcePulse,
): Promise<IteratorResult<SourceDelta>> => {
  for (let empty = 1; ; empty += 1) {
    const next = await ask()
    if (next.done || next.value !== '') return next
    if (pulse.lastMs() + silenceMs <= clock.now()) throw new TextBrokenOff(silent(silenceMs))
    if (empty % EMPTY_IN_A_ROW === 0) await clock.sleep(EMPTY_PAUSE_MS)
  }
}

const inTime = async <T>(
  work: Promise<T>,
  clock: Clock,
  { silenceMs, limit, outOfTime: ending }: SourceTimeout,
  pulse: SourcePulse,
): Promise<T> => {
  const waiting = new AbortController()
  // With a reason of our own: creating the default error costs more than everything else done for a delta.
  const stop = () => waiting.abort('over')
  ending.addEventListener('abort', stop)
  if (ending.aborted) stop()
  let answered = false
  const giveUp = async (): Promise<never> => {
    const overMs = limit?.atMs ?? Number.POSITIVE_INFINITY
    let leftMs = Math.min(pulse.lastMs() + silenceMs, overMs) - clock.now()
    while (leftMs > 0 && !waiting.signal.aborted) {
      await clock.sleep(leftMs, waiting.signal)
      leftMs = Math.min(pulse.lastMs() + silenceMs, overMs) - clock.now()
    }
    if (answered) return new Promise<never>(() => {})
    if (ending.aborted) throw new TextBrokenOff(outOfTime)
    const isOver = limit !== undefined && clock.now() >= limit.atMs
    throw new TextBrokenOff(isOver ? tooLong(limit.ms) : silent(silenceMs))
  }
  try {
    return await Promise.race([work, giveUp()])
  } finally {
    answered = true
    stop()
    ending.removeEventListener('abort', stop)
  }
}
