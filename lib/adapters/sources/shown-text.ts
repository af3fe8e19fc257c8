import { quoteReasoning } from './quoted-reasoning.ts'
import type { Said } from './said.ts'
import { readThinkTags } from './think-tags.ts'
import { readWrittenPictures } from './written-pictures.ts'

/** What becomes of a model's reasoning. */
export type ShowReasoning = 'hide' | 'quote'

/** Makes of what a model says what its user is shown. */
export interface ShownText {
  /** The text to show next; empty where there is none. */
  readonly feed: (said: readonly Said[]) => string
  /** What was held back. */
  readonly end: () => string
  /** True once there is something to show. */
  readonly hasBegun: () => boolean
  /** True once there was an answer, and not only reasoning. */
  readonly hasAnswer: () => boolean
  /** True once the model has said something to itself. */
  readonly hasReasoned: () => boolean
  /** True where nothing is held back and whatever comes next is shown as it is, or as at the very beginning. */
  readonly isPlain: () => boolean
  /** How many characters at the beginning are no answer. */
  readonly prefaceChars: () => number
}

/**
 * Reasoning is hidden, or quoted before the answer; what comes after the answer has begun is always hidden. Pictures that
 * are written out in the answer are named instead. `isBegun`: the answer has begun before.
 */
export const showText = (show: ShowReasoning, isBegun = false): ShownText => {
  const tags = readThinkTags(isBegun)
  const pictures = readWrittenPictures()
  const quotation = quoteReasoning()
  let hasBegun = false
  let hasAnswer = isBegun
  let hasReasoned = false
  let prefaceChars = 0

  const showOne = ({ kind, text }: Said): string => {
    if (kind === 'reasoning') {
      hasReasoned = true
      return hasAnswer || show === 'hide' ? '' : counted(quotation.feed(text))
    }
    return begin(pictures.feed(text))
  }
  const counted = (preface: string): string => {
    prefaceChars += preface.length
    return preface
  }
  /** The first text closes the quotation before it. */
  const begin = (text: string): string => {
    if (hasAnswer) return text
    const quotes = show === 'quote' && hasReasoned
    if (text.trim() === '') return quotes ? '' : text
    hasAnswer = true
    return quotes ? counted(quotation.end()) + text.trimStart() : text
  }
  const showAll = (said: readonly Said[]): string => {
    let shown = ''
    for (const one of said) shown += showOne(one)
    return shown
  }
  const noted = (shown: string): string => {
    hasBegun ||= shown !== ''
    return shown
  }
  return {
    feed(said) {
      let shown = ''
      for (const one of said) {
        shown += one.kind === 'text' ? showAll(tags.feed(one.text)) : showOne(one)
      }
      return noted(shown)
    },
    end: () => noted(showAll(tags.end()) + begin(pictures.end())),
    hasBegun: () => hasBegun,
    hasAnswer: () => hasAnswer,
    hasReasoned: () => hasReasoned,
    isPlain() {
      const isFresh = !hasBegun && (show === 'hide' || !hasReasoned)
      return tags.isPlain() && pictures.isPlain() && (hasAnswer || isFresh)
    },
    prefaceChars: () => prefaceChars,
  }
}
