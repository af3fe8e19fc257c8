import type { SourceDelta } from '../core/conversation/source-delta.ts'
import type { SourceUsage } from '../core/conversation/source-request.ts'
import type { Progress } from '../core/reply/reply.ts'
import { TextBrokenOff } from '../core/reply/text-broken-off.ts'
import { orphaned } from '../reply/catch-up.ts'
import type { AddressedRecord } from '../reply/read-back.ts'
import { readShown } from '../reply/read-shown.ts'
import { sourcePulse, withSourceTimeout } from '../reply/source-timeout.ts'
import { type AnswerStart, unbrokenAnswer } from '../reply/unbroken-source.ts'
import type { AskedTurn, TurnDeps, TurnSettings } from './answer-turn.ts'

/** Text of a reply that is kept for the history, in UTF-16 units. */
const MAX_KEPT_CHARS = 65_536

/** A turn's answer while it is read from its source. */
export interface AnswerReading {
  readonly deltas: AsyncIterable<SourceDelta>
  /** Closes the connection to the source; nothing happens the second time. */
  readonly letGo: () => void
  /** True where another invocation could go on from here. */
  readonly canGoOn: () => boolean
  readonly prefaceChars: () => number
  /** What the source says it has used, once it has. */
  readonly usage: () => SourceUsage | undefined
  /** How often it went on with an answer that it had begun. */
  readonly resumes: () => number
  /** What the user asked, as the source reports it. */
  readonly asked: () => string
  /** The answer's own words of the reply's first `chars`. */
  readonly answered: (chars: number) => Promise<string>
}

/** Begins to read a turn's answer, or goes on where its record stands; `outOfTime` breaks it off. */
export const readAnswer = (
  deps: TurnDeps,
  settings: TurnSettings,
  { turn, history }: AskedTurn,
  record: AddressedRecord,
  outOfTime: AbortSignal,
): AnswerReading => {
  const { clock, random, source, log } = deps
  const { replyId, conversation, progress } = record
  const { sentChars, source: place } = progress
  const reading = new AbortController()
  const letGo = () => reading.abort('over')
  const pulse = sourcePulse(clock)
  let usage: SourceUsage | undefined
  let resumes = 0
  let askedText = turn.text
  let read = ''

  const shownBefore = once(async () =>
    sentChars === 0 ? '' : readShown(deps, conversation, progress, reading.signal),
  )
  const saidBefore = async () => {
    const shown = await shownBefore()
    if (shown === undefined) throw new TextBrokenOff(orphaned)
    return shown.slice(place?.prefaceChars ?? 0)
  }
  const answer = unbrokenAnswer(
    {
      source,
      clock,
      random,
      onResumed(why) {
        resumes += 1
        log.info('source-resumed', { replyId, why })
      },
    },
    {
      turn,
      history,
      signal: reading.signal,
      reportUsage(reported) {
        usage = reported
      },
      reportLife: pulse.beat,
      reportAsked(text) {
        askedText = text
      },
    },
    {
      ...startOf(progress),
      said: saidBefore,
    },
    place?.prefaceChars,
  )
  // Of an answer that another process began, only its messages tell the beginning.
  if (sentChars > 0 && deps.history !== undefined) void shownBefore()
  const limit = { atMs: record.createdAtMs + settings.answerLimitMs, ms: settings.answerLimitMs }
  const patience = { silenceMs: settings.sourceTimeoutMs, limit, outOfTime }
  const onDelta = (text: string) => {
    if (read.length < MAX_KEPT_CHARS) read += text
  }
  return {
    deltas: withSourceTimeout(answer.deltas, clock, patience, { onDelta, letGo }, pulse),
    letGo,
    canGoOn: answer.canGoOn,
    prefaceChars: answer.prefaceChars,
    usage: () => usage,
    resumes: () => resumes,
    asked: () => askedText,
    async answered(chars) {
      const before = await shownBefore()
      // Without its beginning it is no answer.
      return before === undefined ? '' : (before + read).slice(answer.prefaceChars(), chars)
    },
  }
}

/** Where all of the text stands in one message, its hash is known. */
const startOf = ({ sentChars, message, source }: Progress): AnswerStart => ({
  chars: sentChars,
  ...(source?.mark === undefined ? {} : { mark: source.mark }),
  ...(message.chars === sentChars ? { hash: message.hash } : {}),
})

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let working: Promise<T> | undefined
  return () => {
    working ??= work()
    return working
  }
}
