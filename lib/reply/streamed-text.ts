import { type SourceDelta, textOfDelta } from '../core/conversation/source-delta.ts'
import type { Progress } from '../core/reply/reply.ts'
import {
  markAt,
  marksFrom,
  type SourceMark,
  type SourcePlace,
  withMark,
} from '../core/reply/source-place.ts'
import { TextBrokenOff } from '../core/reply/text-broken-off.ts'
import type { Wake } from '../core/wake.ts'
import type { BrokenOff, ReplyText } from './reply-text.ts'
import { textBuffer } from './text-buffer.ts'

/** How much text may be read ahead of the calls, in UTF-16 units; beyond that the source has to wait. */
const MAX_PENDING_CHARS = 65_536

/** Where the text of a source begins. */
export interface SourceOrigin {
  /** How much of the reply's text comes before it, in UTF-16 units. */
  readonly chars: number
  /** The place to record. */
  readonly mark?: SourceMark | undefined
  /** How much of the reply's text is not part of the answer, in UTF-16 units. */
  readonly prefaceChars?: (() => number) | undefined
}

/**
 * The text that a source produces bit by bit, read at most `MAX_PENDING_CHARS` ahead of the calls. It wakes its writer when
 * more arrives. `merge` false: each delta is one call, and none may end inside a grapheme cluster.
 */
export const streamedText = (
  deltas: AsyncIterable<SourceDelta>,
  wake: Pick<Wake, 'ring' | 'ringForText'>,
  merge: boolean,
  { chars = 0, mark, prefaceChars = () => 0 }: Partial<SourceOrigin> = {},
): ReplyText => {
  const iterator = deltas[Symbol.asyncIterator]()
  const buffer = textBuffer(merge)
  let stopped = false
  let failed: BrokenOff | undefined
  let resume: (() => void) | undefined
  let marks: readonly SourceMark[] = mark === undefined ? [] : [mark]
  let madeChars = chars

  const room = async () => {
    while (!stopped && buffer.chars() >= MAX_PENDING_CHARS) {
      await new Promise<void>((resolve) => {
        resume = resolve
      })
    }
  }
  const append = (delta: SourceDelta) => {
    const text = textOfDelta(delta)
    madeChars += text.length
    if (typeof delta !== 'string') marks = withMark(marks, { ...delta, chars: madeChars })
    if (text === '') return
    buffer.append(text)
    wake.ringForText()
  }
  /** To record a place that still has unsent text before it would lose that text. */
  const placeAt = ({ sentChars }: Progress): SourcePlace | undefined => {
    marks = marksFrom(marks, sentChars)
    const at = markAt(marks, sentChars)
    const preface = prefaceChars()
    if (at === undefined && preface === 0) return undefined
    return {
      ...(at === undefined ? {} : { mark: { cursor: at.cursor, chars: at.chars } }),
      ...(preface === 0 ? {} : { prefaceChars: preface }),
    }
  }
  const readOne = async (): Promise<boolean> => {
    await room()
    const next = await iterator.next()
    if (stopped) return false
    if (next.done) {
      buffer.finish()
      wake.ring()
    } else append(next.value)
    return !next.done
  }
  const read = async () => {
    try {
      while (await readOne()) {
        // One delta after another.
      }
    } catch (error) {
      if (stopped) return
      failed = brokenOff(error)
      buffer.finish()
      wake.ring()
    }
  }
  const close = () => {
    stopped = true
    resume?.()
    // A generator that is waiting may settle this late or never, so it is not awaited.
    iterator.return?.()?.then(undefined, () => undefined)
  }
  void read()

  return {
    pending: buffer.pending,
    ended: buffer.ended,
    failure: () => failed,
    take(chars) {
      buffer.take(chars)
      resume?.()
    },
    endWith(rest) {
      buffer.endWith(rest)
      failed = undefined
      close()
    },
    checkpoint: (progress) => {
      const source = placeAt(progress)
      return { progress: source === undefined ? progress : { ...progress, source } }
    },
    refresh: () => {},
    knownAfter: () => undefined,
    pushes: () => 0,
    whenIdle: 'wait',
    holdsBack: merge,
    smooths: merge,
    survivesItsWriter: false,
    close,
  }
}

const brokenOff = (error: unknown): BrokenOff =>
  error instanceof TextBrokenOff
    ? { failure: error.failure }
    : {
        failure: {
          reason: 'source-failed',
          detail: 'The source of the reply failed before its end.',
        },
        error,
      }
