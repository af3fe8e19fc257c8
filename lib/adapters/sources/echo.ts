import type { ReplySource } from '../../ports.ts'
import type { SourceParts } from './source-parts.ts'

const heading = 'This bot repeats what it hears, until `REPLY_SOURCE` gives it a voice. You wrote:'

const WORDS_PER_DELTA = 3
const WORDS_PER_SECOND = 30
const pauseMs = (1_000 * WORDS_PER_DELTA) / WORDS_PER_SECOND

/** In a quotation no Markdown of the text, such as an open code fence, reaches beyond the text. */
const quoted = (text: string): string => `> ${text.replace(/\r\n?|\n/g, '\n> ')}`

const inDeltas = function* (text: string): Generator<string, void, undefined> {
  // Made here, since a worker with another source has no use for it.
  const words = new Intl.Segmenter(undefined, { granularity: 'word' })
  let delta = ''
  let count = 0
  for (const { segment, isWordLike } of words.segment(text)) {
    delta += segment
    if (isWordLike) count += 1
    if (count === WORDS_PER_DELTA) {
      yield delta
      delta = ''
      count = 0
    }
  }
  if (delta !== '') yield delta
}

/**
 * Answers with the user's own text as a quotation, at 30 words a second: shows that everything works before there is a model.
 * Throws the signal's reason when it aborts.
 */
export const echo = ({ clock }: Pick<SourceParts, 'clock'>): ReplySource =>
  async function* ({ turn, signal }) {
    signal.throwIfAborted()
    yield `${heading}\n\n`
    for (const delta of inDeltas(quoted(turn.text))) {
      await clock.sleep(pauseMs, signal)
      signal.throwIfAborted()
      yield delta
    }
  }
