import { advanceFence, type FenceState } from './fence.ts'
import { clusterBoundaryAt } from './graphemes.ts'

/** The most that is kept back so that no raw marks show, in UTF-16 units. */
const MOST_KEPT_CHARS = 120

/** The same of a row of a table: rows are long, and one text in twenty would come a gap later for them. */
const MOST_KEPT_OF_ROW = 16

/** As much of the shown text as says what the next of it is in, in UTF-16 units; of a longer line its end alone. */
const SHOWN_CHARS = 512

/** A message as it is shown, as far as it decides what is open at the end of the next text. */
export interface Shown {
  readonly fence: FenceState
  /** The last lines, at most `SHOWN_CHARS`. */
  readonly tail: string
}

/** The end of what is shown after more of it. */
export const shownTail = (tail: string, text: string): string => (tail + text).slice(-SHOWN_CHARS)

/**
 * Where a chunk of `pending` may end, not after `end`, so that it cuts no inline Markdown: before `**`, `*`, a backtick, a link,
 * a row of a table or a heading's first word that is still open at `end`. `end` itself where nothing is, where more than
 * `MOST_KEPT_CHARS` would be kept back (`MOST_KEPT_OF_ROW` of a row), or where it opened in the first `waited` units, which have been
 * kept back once. Emphasis and links are told as in CommonMark 0.31, as far as one line shows. Works in time that grows with the
 * text.
 */
export const beforeOpenMarkdown = (
  { fence, tail }: Shown,
  pending: string,
  end: number,
  waited: number,
): number => {
  const text = tail + pending
  const line = lineStart(text, tail.length + end)
  const state =
    line < tail.length ? fence : advanceFence(fence, pending.slice(0, line - tail.length))
  if (state.opener !== undefined) return end
  const least = tail.length + Math.max(waited, end - MOST_KEPT_CHARS)
  const limit = tail.length + end
  const opened = [...openBlocks(text, line, limit), ...openInline(text, line, limit)]
  const cuts = opened.filter((at) => at >= least && at < limit && isBoundary(text, at))
  return Math.min(limit, ...cuts) - tail.length
}

/** Where the line begins that goes up to `end`. */
const lineStart = (text: string, end: number): number =>
  end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1

const isBoundary = (text: string, at: number): boolean =>
  clusterBoundaryAt(
    text.slice(Math.max(at - SHOWN_CHARS, 0), at + 1),
    Math.min(at, SHOWN_CHARS),
  ) === Math.min(at, SHOWN_CHARS)

/** The marks, and no more than one word, of which a language that writes no spaces has one in each character. */
const HEADING =
  /^ {0,3}#{1,6}(?:[ \t]+[^\s\p{Ideographic}\p{Script=Hiragana}\p{Script=Katakana}]*)?$/u
const ROW = /^ {0,3}\|/

/** Where a heading begins that has no word yet, or a row of a table that has just begun. */
const openBlocks = (text: string, line: number, end: number): readonly number[] => {
  const current = text.slice(line, Math.min(end, line + MOST_KEPT_CHARS))
  const isRow = ROW.test(current) && end - line <= MOST_KEPT_OF_ROW
  return isRow || (end - line <= MOST_KEPT_CHARS && HEADING.test(current)) ? [line] : []
}

interface Opener {
  readonly at: number
  marks: number
}

/** A line while it is read: up to `end`, and what is open there. */
interface Reading {
  readonly text: string
  readonly from: number
  readonly end: number
  readonly emphasis: Opener[]
  readonly brackets: number[]
  code?: number
}

/** Where emphasis, code and links begin that are open at `end`, in a line from `from` on. */
const openInline = (text: string, from: number, end: number): readonly number[] => {
  if (/^ {0,3}(?:`{3}|~{3})/.test(text.slice(from, Math.min(from + 6, end)))) return []
  const reading: Reading = { text, from, end, emphasis: [], brackets: [] }
  let at: number | undefined = from
  while (at !== undefined && at < end) at = afterMark(reading, at)
  const { emphasis, brackets, code } = reading
  const opened = [...emphasis.map((opener) => opener.at), ...brackets]
  return code === undefined ? opened : [...opened, code]
}

/** The place behind the character, or the marks, at `at`; `undefined` where all the rest of the line belongs to them. */
const afterMark = (reading: Reading, at: number): number | undefined => {
  const { text, from, brackets } = reading
  switch (text[at]) {
    case '\\':
      return at + 2
    case '`':
      return afterCode(reading, at)
    case '*':
      return afterStars(reading, at)
    case '[':
      brackets.push(at > from && text[at - 1] === '!' ? at - 1 : at)
      return at + 1
    case ']':
      return brackets.length === 0 ? at + 1 : afterBracket(reading, at)
    default:
      return at + 1
  }
}

/** The end of a row of the same character. */
const endOfRow = (text: string, at: number): number => {
  let end = at + 1
  while (text[end] === text[at]) end += 1
  return end
}

const afterCode = (reading: Reading, at: number): number | undefined => {
  const { text, end } = reading
  const marks = endOfRow(text, at) - at
  let close = text.indexOf('`', at + marks)
  while (close >= 0 && close < end) {
    const after = endOfRow(text, close)
    if (after - close === marks && after <= end) return after
    close = text.indexOf('`', after)
  }
  reading.code = at
  return undefined
}

/** Behind a bracket that closes, the address in parentheses is part of a link. */
const afterBracket = ({ text, end, brackets }: Reading, at: number): number | undefined => {
  // What follows says whether it is a link.
  if (at + 1 >= text.length) return undefined
  const after = text[at + 1] === '(' ? afterParentheses(text, at + 1, end) : at + 1
  if (after !== undefined) brackets.pop()
  return after
}

const afterParentheses = (text: string, at: number, end: number): number | undefined => {
  let depth = 0
  for (let next = at; next < end; next += 1) {
    if (text[next] === '(') depth += 1
    if (text[next] === ')') depth -= 1
    if (depth === 0) return next + 1
  }
  return undefined
}

const isSpace = (character: string): boolean => character === '' || /\s/.test(character)
const isPunctuation = (character: string): boolean => /[\p{P}\p{S}]/u.test(character)

/** The place behind a row of stars, which closes what is open, or opens something, or is plain text. */
const afterStars = ({ text, end, emphasis }: Reading, at: number): number => {
  const after = endOfRow(text, at)
  // Cut by the end of the chunk, or by the end of all that is known: what is open stays open.
  if (after > end) {
    emphasis.push({ at, marks: after - at })
    return end
  }
  const { opens, closes } = flanks(text, at, after)
  let marks = closes ? unclosed(emphasis, after - at) : after - at
  if (!opens) marks = 0
  if (marks > 0) emphasis.push({ at: after - marks, marks })
  return after
}

/** What a row of stars may do (CommonMark, "Left-flanking delimiter run"); at the end of all that is known, both. */
const flanks = (
  text: string,
  at: number,
  after: number,
): { readonly opens: boolean; readonly closes: boolean } => {
  const before = text[at - 1] ?? ''
  const next = text[after] ?? ''
  const isLast = after >= text.length
  const [spaceBefore, spaceNext] = [isSpace(before), !isLast && isSpace(next)]
  const [markBefore, markNext] = [isPunctuation(before), isPunctuation(next)]
  return {
    opens: !spaceNext && (isLast || !markNext || spaceBefore || markBefore),
    closes: !spaceBefore && (!markBefore || isLast || spaceNext || markNext),
  }
}

/** Closes what so many stars close; how many are left over. */
const unclosed = (emphasis: Opener[], marks: number): number => {
  let left = marks
  for (let last = emphasis.at(-1); last !== undefined && left > 0; last = emphasis.at(-1)) {
    const used = Math.min(last.marks, left)
    last.marks -= used
    left -= used
    if (last.marks === 0) emphasis.pop()
  }
  return left
}
