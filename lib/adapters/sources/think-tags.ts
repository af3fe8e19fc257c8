import type { Said } from './said.ts'

const OPEN = '<think>'
const CLOSE = '</think>'
/** White space that says whether a tag follows it; more of it is text. */
const MAX_BLANKS = 1_000

/** Takes a text apart, of which the beginning may be what a model says to itself. */
export interface TagReader {
  readonly feed: (text: string) => readonly Said[]
  /** True where nothing is held back and no tag was read, or none is looked for any more. */
  readonly isPlain: () => boolean
  /** What was held back because it might have become a tag. */
  readonly end: () => readonly Said[]
}

/**
 * Reads `<think>…</think>` at the beginning of an answer as reasoning, wherever the deltas cut it and also where it is never
 * closed. Further on, or where the answer `isBegun`, the tags are text like any other. White space around the tags goes with them.
 */
export const readThinkTags = (isBegun = false): TagReader => {
  let place: 'before' | 'inside' | 'answer' = isBegun ? 'answer' : 'before'
  let held = ''
  let hasClosed = false

  const before = (): Said | undefined => {
    const text = held.trimStart()
    if (text.startsWith(OPEN)) {
      held = text.slice(OPEN.length)
      place = 'inside'
      return undefined
    }
    if (OPEN.startsWith(text) && held.length < MAX_BLANKS) return undefined
    place = 'answer'
    return taken('text', hasClosed ? text : held)
  }
  const inside = (): Said => {
    const at = held.indexOf(CLOSE)
    if (at < 0) {
      const text = held.slice(0, held.length - charsThatMayBegin(held, CLOSE))
      const rest = held.slice(text.length)
      const said = taken('reasoning', text)
      held = rest
      return said
    }
    const text = held.slice(0, at)
    const rest = held.slice(at + CLOSE.length)
    const said = taken('reasoning', text)
    held = rest
    place = 'before'
    hasClosed = true
    return said
  }
  const taken = (kind: Said['kind'], text: string): Said => {
    held = ''
    return { kind, text }
  }
  const feed = (text: string): readonly Said[] => {
    if (place === 'answer') return [{ kind: 'text', text }]
    held += text
    const said: Said[] = []
    for (let last = ''; held !== '' && last !== `${place}${held}`; ) {
      last = `${place}${held}`
      const piece = place === 'before' ? before() : inside()
      if (piece !== undefined && piece.text !== '') said.push(piece)
    }
    return said
  }
  return {
    feed,
    isPlain: () => place === 'answer' || (place === 'before' && held === '' && !hasClosed),
    end() {
      const rest = held
      held = ''
      if (rest === '') return []
      if (place === 'inside') return [{ kind: 'reasoning', text: rest }]
      const text = hasClosed ? rest.trimStart() : rest
      return text === '' ? [] : [{ kind: 'text', text }]
    },
  }
}

/** How many characters at the end of a text may be the beginning of a tag. */
const charsThatMayBegin = (text: string, tag: string): number => {
  for (let chars = Math.min(tag.length - 1, text.length); chars > 0; chars -= 1) {
    if (tag.startsWith(text.slice(-chars))) return chars
  }
  return 0
}
