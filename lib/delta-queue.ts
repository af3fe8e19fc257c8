import { isHighSurrogate } from './core/encoded-size.ts'
import { wellFormed } from './core/well-formed.ts'

/** Text read ahead of the calls that carry it, in UTF-16 units; past it the source is made to wait. */
const MAX_PENDING_CHARS = 65_536

/** The text of a reply between its source and its calls. Reading goes on while a call is under way. */
export interface DeltaQueue {
  /** Well-formed text that may go into the next chunk; in piecewise mode one piece. */
  pending(): string
  /** True when nothing will follow `pending()`. */
  ended(): boolean
  /** What the source failed with, once it has. */
  failure(): { readonly error: unknown } | undefined
  /** Removes text from the front of `pending()`. */
  take(chars: number): void
  /** Reads no more: all that is left to send is what `rest` makes of the unsent text. */
  endWith(rest: (unsent: string) => string): void
  /** Tells the source that nobody reads any more. */
  close(): void
}

export interface DeltaQueueOptions {
  /** False: each delta stays a chunk of its own. */
  readonly merge: boolean
  readonly onChange: () => void
}

export const readDeltas = (
  deltas: AsyncIterable<string>,
  { merge, onChange }: DeltaQueueOptions,
): DeltaQueue => {
  const iterator = deltas[Symbol.asyncIterator]()
  let pieces: string[] = []
  let queuedChars = 0
  let firstHalf = ''
  let done = false
  let failed: { readonly error: unknown } | undefined
  let resume: (() => void) | undefined

  const append = (delta: string) => {
    const text = firstHalf + delta
    // Half a character may end a delta: the other half begins the next one.
    const cut = isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length
    firstHalf = text.slice(cut)
    add(wellFormed(text.slice(0, cut)))
  }
  const add = (text: string) => {
    if (text === '') return
    queuedChars += text.length
    if (merge && pieces.length > 0) pieces[0] += text
    else pieces.push(text)
  }
  const finish = () => {
    add(wellFormed(firstHalf))
    firstHalf = ''
    done = true
  }
  const room = async () => {
    while (!done && queuedChars >= MAX_PENDING_CHARS) {
      await new Promise<void>((resolve) => {
        resume = resolve
      })
    }
  }
  const read = async () => {
    try {
      while (!done) {
        const next = await iterator.next()
        if (done) return
        if (next.done) finish()
        else append(next.value)
        onChange()
        await room()
      }
    } catch (error) {
      if (done) return
      failed = { error }
      finish()
      onChange()
    }
  }
  const close = () => {
    done = true
    resume?.()
    // A generator that is waiting settles this much later, or never: nobody waits for it.
    iterator.return?.()?.then(undefined, () => undefined)
  }
  void read()

  return {
    // A piece waits until it is known whether it is the last one: that one carries `Finish`.
    pending: () => (merge || done || pieces.length > 1 ? (pieces[0] ?? '') : ''),
    ended: () => done && pieces.length <= 1,
    failure: () => failed,
    take(chars) {
      const rest = (pieces[0] ?? '').slice(chars)
      pieces = rest === '' ? pieces.slice(1) : [rest, ...pieces.slice(1)]
      queuedChars -= chars
      resume?.()
    },
    endWith(rest) {
      const kept = rest(pieces.join(''))
      pieces = kept === '' ? [] : [kept]
      queuedChars = kept.length
      firstHalf = ''
      failed = undefined
      close()
    },
    close,
  }
}
