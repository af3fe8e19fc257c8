/** Where a Markdown text stands with respect to code fences, after all text given so far. */
export interface FenceState {
  /** The line that opened the fence, such as "```python"; absent outside of one. */
  readonly opener?: string
  /** The beginning of the current line, as far as a fence line needs it. */
  readonly line: string
}

export const NO_FENCE: FenceState = { line: '' }

/** A longer opening line is an ordinary line: it would have to be repeated in every message. */
const MAX_LINE = 64

const openingLock = /^ {0,3}(`{3,12}[^`]*|~{3,12}.*)$/
const markerOf = (line: string): string => /^ *(`+|~+)/.exec(line)?.[1] ?? ''

/** The state after more text. */
export const advanceFence = (state: FenceState, text: string): FenceState => {
  let { opener } = state
  let line = state.line
  let from = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
    opener = afterLine(opener, grow(line, text.slice(from, end)))
    line = ''
    from = end + 1
  }
  line = grow(line, text.slice(from))
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

/** True when the current line may be, or become, a fence line: cutting it would break the fence. */
export const isInFenceLine = (state: FenceState): boolean => /^ {0,3}(`+|~+)/.test(state.line)

const grow = (line: string, more: string): string =>
  line.length > MAX_LINE ? line : (line + more).slice(0, MAX_LINE + 1)

const afterLine = (opener: string | undefined, line: string): string | undefined => {
  if (opener === undefined) {
    return line.length <= MAX_LINE && openingLock.test(line) ? line.trimEnd() : undefined
  }
  const marker = markerOf(line)
  const closes =
    marker !== '' &&
    line.trim() === marker &&
    marker.startsWith(markerOf(opener)) &&
    !line.startsWith('    ')
  return closes ? undefined : opener
}
