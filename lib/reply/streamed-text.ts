import type { ReplyFailure } from '../core/reply/reply.ts'
import { TextBrokenOff } from '../core/reply/text-broken-off.ts'
import { isHighSurrogate } from '../core/text/encoded-size.ts'
import { wellFormed } from '../core/text/well-formed.ts'

/** Text read ahead of the calls that carry it, in UTF-16 units; past it the source is made to wait. */
const MAX_PENDING_CHARS = 65_536

/** The text of a reply between its source and its calls. Reading goes on while a call is under way. */
export interface DeltaQueue {
  /** Well-formed text that may go into the next chunk; in piecewise mode one piece. */
  pending(): string
  /** True when nothing will follow `pending()`. */
  ended(): boolean
  /** Why the text breaks off where it ends, once it does. */
  failure(): BrokenOff | undefined
  /** Removes text from the front of `pending()`. */
  take(chars: number): void
  /** Reads no more: all that is left to send is what `rest` makes of the unsent text. */
  endWith(rest: (unsent: string) => string): void
  /** Tells the source that nobody reads any more. */
  close(): void
}

interface BrokenOff {
  readonly failure: ReplyFailure
  /** What the source threw, for the log. */
  readonly error?: unknown
}

export interface DeltaQueueOptions {
  /** False: each delta stays a chunk of its own. */
  readonly merge: boolean
  readonly onText: () => void
  readonly onEnd: () => void
}

/** A text that is known whole, in the pieces that are to be its chunks. */
export const knownText = (pieces: readonly string[], merge: boolean): DeltaQueue => {
  const buffer = textBuffer(merge)
  for (const piece of pieces) buffer.append(piece)
  buffer.finish()
  return { ...buffer.queue, failure: () => undefined, close: () => {} }
}

/** Reads a source ahead of the calls, at most `MAX_PENDING_CHARS` of it. */
export const readDeltas = (
  deltas: AsyncIterable<string>,
  { merge, onText, onEnd }: DeltaQueueOptions,
): DeltaQueue => {
  const iterator = deltas[Symbol.asyncIterator]()
  const buffer = textBuffer(merge)
  let stopped = false
  let failed: BrokenOff | undefined
  let resume: (() => void) | undefined

  const room = async () => {
    while (!stopped && buffer.chars() >= MAX_PENDING_CHARS) {
      await new Promise<void>((resolve) => {
        resume = resolve
      })
    }
  }
  const readOne = async (): Promise<boolean> => {
    await room()
    const next = await iterator.next()
    if (stopped) return false
    if (next.done) {
      buffer.finish()
      onEnd()
    } else {
      buffer.append(next.value)
      onText()
    }
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
      onEnd()
    }
  }
  const close = () => {
    stopped = true
    resume?.()
    // A generator that is waiting settles this much later, or never: nobody waits for it.
    iterator.return?.()?.then(undefined, () => undefined)
  }
  void read()

  return {
    ...buffer.queue,
    failure: () => failed,
    take(chars) {
      buffer.queue.take(chars)
      resume?.()
    },
    endWith(rest) {
      buffer.queue.endWith(rest)
      failed = undefined
      close()
    },
    close,
  }
}

/** Well-formed text that grows at one end and is taken from the other. */
export const textBuffer = (merge: boolean) => {
  const pieces: string[] = []
  /** The pieces before this one are taken. */
  let first = 0
  let queuedChars = 0
  let firstHalf = ''
  let done = false

  const add = (text: string) => {
    if (text === '') return
    queuedChars += text.length
    if (merge && first < pieces.length) pieces[first] += text
    else pieces.push(text)
  }
  const dropFirst = () => {
    first = Math.min(first + 1, pieces.length)
    // Now and then, so that each piece is moved a few times at most.
    if (first * 2 >= pieces.length) first -= pieces.splice(0, first).length
  }
  return {
    chars: () => queuedChars,
    /** The half of a character that waits for its other half. */
    firstHalf: () => firstHalf,
    append(delta: string) {
      const text = firstHalf + delta
      // Half a character may end a delta: the other half begins the next one.
      const cut = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length
      firstHalf = text.slice(cut)
      add(wellFormed(text.slice(0, cut)))
    },
    finish() {
      add(wellFormed(firstHalf))
      firstHalf = ''
      done = true
    },
    queue: {
      // A piece waits until it is known whether it is the last one: that one carries `Finish`.
      pending: () => (merge || done || pieces.length - first > 1 ? (pieces[first] ?? '') : ''),
      ended: () => done && pieces.length - first <= 1,
      take(chars: number) {
        const rest = (pieces[first] ?? '').slice(chars)
        if (rest === '') dropFirst()
        else pieces[first] = rest
        queuedChars -= chars
      },
      endWith(rest: (unsent: string) => string) {
        const kept = rest(pieces.slice(first).join(''))
        pieces.splice(0, pieces.length, ...(kept === '' ? [] : [kept]))
        first = 0
        queuedChars = kept.length
        firstHalf = ''
        done = true
      },
    },
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
