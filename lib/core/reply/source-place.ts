/** A place of a source's text that the source knows again. */
export interface SourceMark {
  /** The source's own name of the place. */
  readonly cursor: string
  /** UTF-16 units of the text before it. */
  readonly chars: number
}

/** What a successor needs to have a source go on. */
export interface SourcePlace {
  /** Never behind text that is not known to be applied; absent while the source has named no such place. */
  readonly mark?: SourceMark
  /** UTF-16 units at the beginning of the text that are no part of the answer, such as quoted reasoning; absent for none. */
  readonly prefaceChars?: number
}

/** So many marks are kept of the text that waits to be sent. */
const MAX_MARKS = 64

/**
 * The marks with one more behind them, the oldest first. Where there are too many, every second one is dropped: with an older
 * mark a successor reads more of the source again, and no text is lost. The first and the newest always stay.
 */
export const withMark = (marks: readonly SourceMark[], mark: SourceMark): readonly SourceMark[] => {
  const before = marks.at(-1)?.chars === mark.chars ? marks.slice(0, -1) : marks
  const all = [...before, mark]
  return all.length <= MAX_MARKS
    ? all
    : all.filter((_, at) => at % 2 === 0 || at === all.length - 1)
}

/** The newest mark with no unsent text before it. */
export const markAt = (marks: readonly SourceMark[], sentChars: number): SourceMark | undefined =>
  marks.findLast(({ chars }) => chars <= sentChars)

/** The marks that may still be asked for once so much is sent. */
export const marksFrom = (
  marks: readonly SourceMark[],
  sentChars: number,
): readonly SourceMark[] => {
  const at = marks.findLastIndex(({ chars }) => chars <= sentChars)
  return at > 0 ? marks.slice(at) : marks
}

/** What is new in a text that begins `fromChars` into the whole, of which `knownChars` are there already. */
export const newPart = (text: string, fromChars: number, knownChars: number): string =>
  text.slice(Math.max(knownChars - fromChars, 0))
