import { type SourceDelta, textOfDelta } from '../../lib/core/conversation/source-delta.ts'
import type { SourceRequest } from '../../lib/core/conversation/source-request.ts'
import { TextBrokenOff } from '../../lib/core/reply/text-broken-off.ts'
import type { Clock, ReplySource } from '../../lib/ports.ts'

/** What the other end of a source saw. */
export interface ResumableUpstream {
  readonly asked: ('anew' | { readonly from: string })[]
  readonly cancelled: { readonly cursor: string; readonly atMs: number }[]
  /** Connections open now, and the most that ever were. */
  open: number
  mostOpen: number
}

export const newUpstream = (): ResumableUpstream => ({
  asked: [],
  cancelled: [],
  open: 0,
  mostOpen: 0,
})

export interface Play {
  readonly pieces: readonly string[]
  /** Between two pieces. */
  readonly everyMs: number
  /** The connection of this number, counted from 0, breaks after so many pieces. */
  readonly breaksAfter?: (connection: number) => number | undefined
}

export type SourceKind = 'fine' | 'coarse' | 'words'

/**
 * The three kinds of source that can go on. `fine` names its place behind each piece and makes its text whether anybody listens
 * or not; `coarse` names every third place; `words` goes on behind what it is told that it has said.
 */
export const resumableSource = (
  kind: SourceKind,
  clock: Clock,
  { pieces, everyMs, breaksAfter = () => undefined }: Play,
  upstream: ResumableUpstream = newUpstream(),
): ReplySource => {
  const text = pieces.join('')
  let beganAtMs: number | undefined

  const isMarked = (at: number): boolean => kind === 'fine' || (kind === 'coarse' && at % 3 === 2)
  const begins = pieces.map((_, at) => pieces.slice(0, at).join('').length)
  const beginning = kind === 'words' ? [] : [{ at: 0, delta: { text: '', cursor: '0' } }]
  /** What follows the first `chars` of the text, with the places that are named in it. */
  const restOf = (from: number, chars: number) => [
    ...(from === 0 ? beginning : []),
    ...pieces.flatMap((piece, at) => {
      const fresh = piece.slice(Math.max(chars - (begins[at] ?? 0), 0))
      if (at < from || fresh === '') return []
      return [{ at, delta: isMarked(at) ? { text: fresh, cursor: `${at + 1}` } : fresh }]
    }),
  ]
  const openConnection = (signal: AbortSignal): (() => void) => {
    upstream.open += 1
    upstream.mostOpen = Math.max(upstream.mostOpen, upstream.open)
    let isOpen = true
    const close = () => {
      if (isOpen) upstream.open -= 1
      isOpen = false
    }
    signal.addEventListener('abort', close)
    return close
  }
  const played = async function* (
    rest: ReturnType<typeof restOf>,
    startMs: number,
    signal: AbortSignal,
    breaks: number,
  ): AsyncGenerator<SourceDelta, void, undefined> {
    let given = 0
    for (const { at, delta } of rest) {
      if (given === breaks) throw brokeOff()
      await clock.sleep(startMs + at * everyMs - clock.now(), signal)
      signal.throwIfAborted()
      yield delta
      if (textOfDelta(delta) !== '') given += 1
    }
  }
  const connection = async function* (
    { signal }: Pick<SourceRequest, 'signal'>,
    from: number,
    said = '',
  ): AsyncGenerator<SourceDelta, void, undefined> {
    const breaks = breaksAfter(upstream.asked.length - 1) ?? Number.POSITIVE_INFINITY
    const close = openConnection(signal)
    beganAtMs ??= clock.now()
    const rest = restOf(from, said.length)
    const firstAt = rest[0]?.at ?? 0
    const startMs = kind === 'fine' ? beganAtMs : clock.now() - firstAt * everyMs
    try {
      yield* played(rest, startMs, signal, breaks)
    } finally {
      close()
    }
  }
  const anew = (request: SourceRequest) => {
    upstream.asked.push('anew')
    return connection(request, 0)
  }
  const resumption: NonNullable<ReplySource['resumption']> =
    kind === 'words'
      ? {
          by: 'text',
          resume(request, said) {
            upstream.asked.push({ from: said })
            if (!text.startsWith(said)) throw new Error(`It never said ${JSON.stringify(said)}.`)
            return connection(request, 0, said)
          },
        }
      : {
          by: 'cursor',
          resume(request, cursor) {
            upstream.asked.push({ from: cursor })
            return connection(request, Number(cursor))
          },
          async cancel(cursor) {
            upstream.cancelled.push({ cursor, atMs: clock.now() })
          },
        }
  return Object.assign(anew, { resumption })
}

const brokeOff = (): Error =>
  new TextBrokenOff({ reason: 'source-failed', detail: 'The connection broke.' }, true)
