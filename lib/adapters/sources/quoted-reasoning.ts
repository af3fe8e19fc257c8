import { isHighSurrogate } from '../../core/text/encoded-size.ts'

/** Longest reasoning that is shown, in UTF-16 code units. */
const MAX_CHARS = 4_000
/** What may still become the fence of a code block, and what is one. */
const mayFence = /^\s*(`{0,2}|~{0,2})$/
const fences = /^\s*(```|~~~)/

/** Writes what a model says to itself as a Markdown quotation. */
export interface Quotation {
  /** The reasoning as it is shown, as far as it can be. */
  readonly feed: (reasoning: string) => string
  /** What follows it before the answer; empty where nothing is quoted. */
  readonly end: () => string
}

/**
 * Quotes reasoning, up to 4,000 characters and then an ellipsis. A fence of a code block is escaped, so that none is open
 * where the answer begins; blank lines at either end are left out.
 */
export const quoteReasoning = (): Quotation => {
  let chars = 0
  /** Line ends that no text has followed yet. */
  let breaks = 0
  /** The beginning of a line that may become a fence. */
  let held: string | undefined = ''
  let hasQuoted = false

  const lead = (): string => {
    const before = hasQuoted ? `\n${'>\n'.repeat(Math.max(breaks - 1, 0))}> ` : '> '
    hasQuoted = true
    breaks = 0
    return before
  }
  /** Text inside a line. */
  const feedLine = (text: string): string => {
    if (held === undefined) return text
    held += text
    if (mayFence.test(held)) return ''
    const shown = fences.test(held) ? held.replace(/[`~]/, '\\$&') : held
    held = undefined
    return lead() + shown
  }
  /** What is held at the end of a line is shown, unless it is blank. */
  const endLine = (): string => {
    if (held === undefined || held.trim() === '') return ''
    const shown = held
    held = undefined
    return lead() + shown
  }
  const feed = (reasoning: string): string => {
    let shown = ''
    for (const [index, line] of reasoning.split(/\r\n?|\n/).entries()) {
      if (index > 0) {
        shown += endLine()
        breaks += 1
        held = ''
      }
      if (line !== '') shown += feedLine(line)
    }
    return shown
  }
  return {
    feed(reasoning) {
      if (chars >= MAX_CHARS) return ''
      const taken = reasoning.slice(0, MAX_CHARS - chars)
      chars += taken.length
      if (chars < MAX_CHARS) return feed(taken)
      const whole = isHighSurrogate(taken.charCodeAt(taken.length - 1)) ? taken.slice(0, -1) : taken
      return `${feed(whole)}${endLine()}${hasQuoted ? ' …' : ''}`
    },
    end() {
      const rest = chars < MAX_CHARS ? endLine() : ''
      return hasQuoted ? `${rest}\n\n` : ''
    },
  }
}
