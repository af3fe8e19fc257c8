import type { Way } from '../../../core/reply/way.ts'

/** The service ends a stream that is silent for 15 s (documents 269/128596, 269/128597). */
const SILENCE_MS = 10_000
/** Five calls a second for one stream, of which the last does not wait for its gap. */
const LEAST_GAP_MS = 250
/** What clients that know no streams are shown of a text, in UTF-16 units. */
export const COMPATIBLE_CHARS = 500
const SAME_OPENING_FOR_MS = 270_000

export interface NativeOptions {
  /** Least time between two calls, in ms. */
  readonly minGapMs: number
  readonly messageBytes: number
  /** Whether the service takes an empty chunk that only keeps the stream open. */
  readonly keepsAlive: boolean
}

/** `send_c2c_stream_msg` and `send_group_stream_msg`: chunks carry an index, under which each is taken once. */
export const native = ({ minGapMs, messageBytes, keepsAlive }: NativeOptions): Way => ({
  name: 'native',
  afterLostAnswer: 'repeat',
  carriedChars: COMPATIBLE_CHARS,
  lateCallsUndo: false,
  minGapMs: Math.max(minGapMs, LEAST_GAP_MS),
  messageBytes,
  silence: { afterMs: SILENCE_MS, by: keepsAlive ? 'chunk' : 'end' },
  takesEmpty: true,
  namesAsker: 'inText',
  sameOpeningForMs: SAME_OPENING_FOR_MS,
})
