/** A server that repeats what it was given repeats all of it, or begins so far before its end; in UTF-16 units. */
const TAIL_CHARS = 200
/** The longest repetition that is looked for where a model was asked in words to go on. */
const LONGEST_OVERLAP = 400
/** An overlap in the middle of a word may be chance, unless it is this long. */
const LEAST_OVERLAP = 8
const LEAST_WORD = 2
/** Scripts without spaces between their words. */
const LEAST_UNSPACED = 3
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** Takes a repetition of what was said before off the beginning of what is said next, wherever the deltas cut it. */
export interface Seam {
  /** What is new; empty while that is not known yet. */
  readonly feed: (delta: string) => string
  /** What was held back because it might have been a repetition. */
  readonly end: () => string
}

interface Rule {
  /** True while more text may make a longer repetition of it. */
  readonly isOpen: (begun: string) => boolean
  /** How much of a beginning is repetition. */
  readonly repeated: (begun: string) => number
}

const seamOf = ({ isOpen, repeated }: Rule): Seam => {
  let held: string | undefined = ''
  const settle = (): string => {
    const begun = held ?? ''
    held = undefined
    return begun.slice(repeated(begun))
  }
  return {
    feed(delta) {
      if (held === undefined) return delta
      held += delta
      return isOpen(held) ? '' : settle()
    },
    end: settle,
  }
}

/**
 * For a server that may begin with what it was given to go on from: an output that begins with all of `said`, or with the last
 * 200 characters of it, repeats them.
 */
export const repeatedPrefix = (said: string): Seam => {
  const prefixes = [said, said.slice(-TAIL_CHARS)].filter((prefix) => prefix !== '')
  return seamOf({
    isOpen: (begun) =>
      prefixes.some((prefix) => prefix.length > begun.length && prefix.startsWith(begun)),
    repeated: (begun) => prefixes.find((prefix) => begun.startsWith(prefix))?.length ?? 0,
  })
}

/**
 * For a model that was asked in words to go on behind `said`: an output whose beginning is the end of `said`, up to 400
 * characters of it, repeats it. Whole words count, and whatever is too long to be chance.
 */
export const repeatedEnd = (said: string): Seam => {
  const end = said.slice(-LONGEST_OVERLAP)
  const starts = Array.from({ length: end.length }, (_, at) => at).filter(
    (at) => end.length - at >= LEAST_OVERLAP || beginsWord(end, at, said.length > end.length),
  )
  return seamOf({
    isOpen: (begun) =>
      starts.some((at) => end.length - at > begun.length && end.startsWith(begun, at)),
    repeated: (begun) => {
      const at = starts.find((start) => begun.startsWith(end.slice(start)))
      return at === undefined ? 0 : end.length - at
    },
  })
}

const wordLike = /[\p{L}\p{N}]/u

const beginsWord = (end: string, at: number, isCut: boolean): boolean => {
  const word = end.slice(at)
  if (unspaced.test(word)) return word.length >= LEAST_UNSPACED
  if (word.length < LEAST_WORD || !wordLike.test(word) || /^\s/.test(word)) return false
  return at === 0 ? !isCut : /\s/.test(end[at - 1] ?? '')
}
