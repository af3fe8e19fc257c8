/** Where a Markdown text stands with respect to code fences, after all text given so far. */
export interface FenceState {
  /** What reopens the fence, such as "```python"; absent outside of one. */
  readonly opener?: string
  /** The beginning of the current line, as far as a fence line needs it; empty only at the start of a line. */
  readonly line: string
}

export const NO_FENCE: FenceState = { line: '' }

/** A longer opening line keeps its first word alone: it would have to be repeated in every message. */
const MAX_LINE = 64

/** A longer run of backticks or tildes opens nothing: what closes a fence must always find room in a message. */
const MAX_MARKER = 32

/** The most characters that `fenceAround` puts behind a text. */
export const LONGEST_CLOSE = 1 + MAX_MARKER

/** Stands for a line that neither opens nor closes a fence, however it goes on. */
const ORDINARY = '-'

const lineBreak = /\r\n?|\n/
const indentation = /^ {0,3}$/
const markedBeginning = /^ {0,3}(`+|~+)/
const markerOf = (line: string): string => markedBeginning.exec(line)?.[1] ?? ''

/**
 * The state after more text; the same in however many parts the text comes. What is a fence is as in CommonMark 0.31, "Fenced
 * code blocks", but for fences inside of quotations and lists.
 */
export const advanceFence = (state: FenceState, text: string): FenceState => {
  let { opener } = state
  let line = ''
  for (const [nth, rest] of (state.line + text).split(lineBreak).entries()) {
    if (nth > 0) opener = afterLine(opener, line)
    line = needed(opener, rest)
  }
  return opener === undefined ? { line } : { opener, line }
}

/** What must follow to close the fence, and what reopens it in the next message; both empty outside of a fence. */
export const fenceAround = (
  state: FenceState,
): { readonly close: string; readonly reopen: string } => {
  if (state.opener === undefined) return { close: '', reopen: '' }
  const newline = state.line === '' ? '' : '\n'
  return { close: `${newline}${markerOf(state.opener)}`, reopen: `${state.opener}\n` }
}

/**
 * True when the current line may be, or become, a fence line: cutting it would break the fence. A line too long to be kept
 * may be cut, or it would have to be kept whole whatever its length.
 */
export const isInFenceLine = ({ line }: FenceState): boolean =>
  markerOf(line) !== '' && line.length <= MAX_LINE

/**
 * What must be remembered of a line to go on with it, of bounded length: `needed(needed(a) + b)` equals `needed(a + b)`, so
 * that the state does not depend on how a text is cut.
 */
const needed = (opener: string | undefined, line: string): string => {
  if (indentation.test(line)) return line
  const [beginning, marker] = markedBeginning.exec(line) ?? []
  if (beginning === undefined || marker === undefined) return ORDINARY
  const rest = line.slice(beginning.length)
  return opener === undefined
    ? neededOfOpening(beginning, marker, rest)
    : neededOfClosing(beginning, marker, rest, markerOf(opener))
}

const neededOfOpening = (beginning: string, marker: string, info: string): string => {
  if (marker.length < 3) return info === '' ? beginning : ORDINARY
  if (marker.length > MAX_MARKER) return ORDINARY
  // Three backticks and another one in the same line are inline code.
  if (marker.startsWith('`') && info.includes('`')) return ORDINARY
  return (beginning + info).slice(0, MAX_LINE + 1)
}

const neededOfClosing = (
  beginning: string,
  marker: string,
  rest: string,
  opening: string,
): string => {
  if (marker[0] !== opening[0] || !/^[ \t]*$/.test(rest)) return ORDINARY
  if (rest !== '' && marker.length < opening.length) return ORDINARY
  // One more than any opening marker has closes as well as a thousand more.
  const enough = beginning.slice(0, beginning.length - marker.length + MAX_MARKER + 1)
  return rest === '' ? enough : `${enough} `
}

/** The opener after a line of which `line` is what was needed. */
const afterLine = (opener: string | undefined, line: string): string | undefined => {
  const marker = markerOf(line)
  if (opener === undefined) return marker.length < 3 ? undefined : openerOf(line)
  return marker.length < markerOf(opener).length ? opener : undefined
}

const openerOf = (line: string): string => {
  if (line.length <= MAX_LINE) return line.trimEnd()
  const beginning = markedBeginning.exec(line)?.[0] ?? ''
  const firstWord = /^\s*\S+(?=\s)/.exec(line.slice(beginning.length))?.[0] ?? ''
  return beginning + firstWord
}
