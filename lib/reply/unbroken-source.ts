import {
  type SourceDelta,
  textOfDelta,
  withKeepableCursor,
} from '../core/conversation/source-delta.ts'
import type { SourceRequest } from '../core/conversation/source-request.ts'
import type { ReplyFailure } from '../core/reply/reply.ts'
import { newPart, type SourceMark } from '../core/reply/source-place.ts'
import { TextBrokenOff } from '../core/reply/text-broken-off.ts'
import { readRetryAfter } from '../core/retry-after.ts'
import { EMPTY_HASH, hashText } from '../core/text/text-hash.ts'
import type { Clock, ReplySource } from '../ports.ts'

/** So often in a row a source may break off without any new text. */
const MOST_BREAKS = 5
const BACKOFF_MS = 500
/** Whoever asks for a longer pause is not asked again. */
const LONGEST_PAUSE_MS = 20_000
/** A longer text is not gone on with by its words, in UTF-16 units: no reply fills that many messages. */
const MAX_SAID_CHARS = 262_144

const otherAnswer: ReplyFailure = {
  reason: 'source-failed',
  detail: 'The source answered otherwise than before where it was to go on with its answer.',
}

/** Where an answer is read from. */
export interface AnswerStart {
  /** UTF-16 units of the reply's text that are there already. */
  readonly chars: number
  /** The newest place before them that the source knows again. */
  readonly mark?: SourceMark
  /** The whole text before it, where its `hashText` is known: a source that begins anew must say the same. */
  readonly hash?: string
  /** What was said so far, without what is no part of the answer; asked only of a reply that has begun. */
  readonly said?: () => Promise<string>
}

export interface UnbrokenDeps {
  readonly source: ReplySource
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Hears of each time that the source goes on. */
  readonly onResumed: (why: 'broke-off' | 'taken-over') => void
}

/** An answer while it is read; it may be read once. */
export interface UnbrokenAnswer {
  readonly deltas: AsyncIterable<SourceDelta>
  /** True where another process could go on from here. */
  readonly canGoOn: () => boolean
  /** UTF-16 units at the beginning of the reply's text that are no part of the answer. */
  readonly prefaceChars: () => number
}

/**
 * What follows the beginning of an answer, as one source gives it or, where that breaks off and trouble may pass, as it goes on:
 * nothing lost and nothing twice. One connection at a time. Throws as the source does.
 */
export const unbrokenAnswer = (
  { source, clock, random, onResumed }: UnbrokenDeps,
  request: SourceRequest,
  start: AnswerStart,
  startPrefaceChars = 0,
): UnbrokenAnswer => {
  const { resumption } = source
  let { chars: madeChars, mark } = start
  let prefaceChars = startPrefaceChars
  /** The answer's own words, where they are what it goes on by. */
  let said = ''
  let breaks = 0

  const isBegun = start.chars > 0 || start.mark !== undefined
  const asked: SourceRequest = {
    ...request,
    reportPreface(chars) {
      prefaceChars = Math.max(prefaceChars, chars)
    },
  }

  /** A source that goes on from its very beginning says what is there already once more, or it is another answer. */
  let unproven = start.hash === undefined || start.chars === 0 ? undefined : EMPTY_HASH
  const prove = (text: string, fromChars: number): void => {
    if (unproven === undefined || fromChars >= start.chars) return
    unproven = hashText(unproven, text.slice(0, start.chars - fromChars))
    if (fromChars + text.length < start.chars) return
    if (unproven !== start.hash) throw new TextBrokenOff(otherAnswer)
    unproven = undefined
  }

  const canGoOn = (): boolean => {
    if (resumption === undefined) return false
    if (resumption.by === 'cursor') return mark !== undefined
    const words = madeChars - prefaceChars
    return words > 0 && words <= MAX_SAID_CHARS
  }
  const resumed = (): { readonly stream: AsyncIterable<SourceDelta>; readonly atChars: number } => {
    if (resumption?.by === 'cursor' && mark !== undefined) {
      unproven = mark.chars === 0 && unproven !== undefined ? EMPTY_HASH : undefined
      return { stream: resumption.resume(asked, mark.cursor), atChars: mark.chars }
    }
    if (resumption?.by !== 'text') throw new Error('The source cannot go on from here.')
    return { stream: resumption.resume(asked, said), atChars: madeChars }
  }
  /** What is new of a delta that begins at `fromChars`; a place before the end of what is there would be a wrong one. */
  const take = (delta: SourceDelta, fromChars: number): SourceDelta => {
    const text = textOfDelta(delta)
    prove(text, fromChars)
    const endChars = fromChars + text.length
    if (endChars < madeChars) return ''
    const fresh = newPart(text, fromChars, madeChars)
    madeChars = endChars
    if (fresh !== '') breaks = 0
    if (resumption?.by === 'text') said += fresh
    if (typeof delta === 'string') return fresh
    mark = { cursor: delta.cursor, chars: endChars }
    return { text: fresh, cursor: delta.cursor }
  }
  const pauseMs = (error: TextBrokenOff): number => {
    const backoffMs = BACKOFF_MS * 2 ** (breaks - 1) * (0.5 + random() / 2)
    return readRetryAfter(error.retryAfter, clock.now()) ?? backoffMs
  }
  /** Waits until the source may be asked again; throws what it threw where it may not. */
  const beforeNext = async (error: unknown): Promise<void> => {
    if (!(error instanceof TextBrokenOff) || !error.mayPass || !canGoOn()) throw error
    breaks += 1
    const ms = pauseMs(error)
    if (breaks > MOST_BREAKS || ms > LONGEST_PAUSE_MS) throw error
    await clock.sleep(ms, request.signal)
    request.signal.throwIfAborted()
    onResumed('broke-off')
  }
  const begin = async (): Promise<ReturnType<typeof resumed>> => {
    if (!isBegun) return { stream: source(asked), atChars: 0 }
    onResumed('taken-over')
    if (resumption?.by === 'text') said = (await start.said?.()) ?? ''
    return resumed()
  }
  /** The words without what stands before them: they are only told from it once they have begun. */
  const forgetPreface = (): void => {
    if (resumption?.by === 'text' && !isBegun)
      said = said.slice(said.length - (madeChars - prefaceChars))
  }

  async function* read(): AsyncGenerator<SourceDelta, void, undefined> {
    let { stream, atChars } = await begin()
    for (;;) {
      try {
        for await (const given of stream) {
          const delta = withKeepableCursor(given)
          const fresh = take(delta, atChars)
          atChars += textOfDelta(delta).length
          // Also one without any text: whoever reads must see that a source makes such for ever.
          yield fresh
        }
        return
      } catch (error) {
        await beforeNext(error)
      }
      forgetPreface()
      const next = resumed()
      stream = next.stream
      atChars = next.atChars
    }
  }
  return { deltas: read(), canGoOn, prefaceChars: () => prefaceChars }
}
