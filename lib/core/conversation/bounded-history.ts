import type { ReplyId } from '../reply/reply.ts'

/** Text of a conversation that is remembered at most, in UTF-8 bytes: questions and answers together. */
export const MAX_HISTORY_BYTES = 32 * 1_024

interface TurnText {
  readonly replyId: ReplyId
  readonly asked: string
  readonly answered: string
}

/**
 * The turns with one more at their end, bounded: at most `maxTurns` of them and `MAX_HISTORY_BYTES` of text, the oldest dropped
 * first. A single turn longer than that is cut at its start, since the next question is most likely about how it ended: what
 * was asked to half of the bytes, what was answered to the rest. `undefined` when the turn is there already.
 */
export const withTurn = (
  turns: readonly TurnText[],
  turn: TurnText,
  maxTurns: number,
): readonly TurnText[] | undefined => {
  if (turns.some(({ replyId }) => replyId === turn.replyId)) return undefined
  return newestTurns([...turns, cutToFit(turn)], maxTurns)
}

/** The last turns that fit, oldest first. */
export const newestTurns = (turns: readonly TurnText[], maxTurns: number): readonly TurnText[] => {
  let bytes = 0
  let from = turns.length
  for (const turn of turns.slice().reverse()) {
    bytes += bytesOf(turn.asked) + bytesOf(turn.answered)
    if (bytes > MAX_HISTORY_BYTES || turns.length - from >= maxTurns) break
    from -= 1
  }
  return turns.slice(from)
}

const cutToFit = (turn: TurnText): TurnText => {
  const askedBytes = bytesOf(turn.asked)
  const answeredBytes = bytesOf(turn.answered)
  if (askedBytes + answeredBytes <= MAX_HISTORY_BYTES) return turn
  // What the answer does not need is the question's, beyond its half.
  const half = MAX_HISTORY_BYTES / 2
  const asked = endOf(turn.asked, Math.max(half, MAX_HISTORY_BYTES - answeredBytes))
  const answered = endOf(turn.answered, MAX_HISTORY_BYTES - bytesOf(asked))
  return { ...turn, asked, answered }
}

/** As much of the end of a text as fits into so many bytes; never splits a character. */
const endOf = (text: string, maxBytes: number): string => {
  const encoded = encoder.encode(text)
  if (encoded.length <= maxBytes) return text
  let from = encoded.length - maxBytes
  while (isContinuation(encoded[from])) from += 1
  return decoder.decode(encoded.subarray(from))
}

const bytesOf = (text: string): number => encoder.encode(text).length

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
