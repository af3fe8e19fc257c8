/** Longest cursor of a source that is kept, in UTF-8 bytes. */
const MAX_CURSOR_BYTES = 1_024

/** Text with a place behind it from which its source can go on; the text may be empty. */
interface MarkedText {
  readonly text: string
  /** Opaque; at most `MAX_CURSOR_BYTES`. */
  readonly cursor: string
}

/** What a source gives, of any size: text or, from a source that names its places, also text with one. */
export type SourceDelta = string | MarkedText

/** The delta, without a cursor that is too long to be kept. */
export const withKeepableCursor = (delta: SourceDelta): SourceDelta =>
  typeof delta === 'string' || encoder.encode(delta.cursor).length <= MAX_CURSOR_BYTES
    ? delta
    : delta.text

const encoder = new TextEncoder()

export const textOfDelta = (delta: SourceDelta): string =>
  typeof delta === 'string' ? delta : delta.text
