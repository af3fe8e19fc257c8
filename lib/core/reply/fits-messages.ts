import { alignPieces } from '../text/align-pieces.ts'
import { wellFormed } from '../text/well-formed.ts'
import { appended, unsentMessage } from './message.ts'
import { MAX_MESSAGES, planChunk } from './plan-chunk.ts'
import type { MessageProgress } from './reply.ts'

/** A text that is known before its first call. */
interface Whole {
  readonly pieces: readonly string[]
  /** True when each piece is one call. */
  readonly piecewise: boolean
}

/**
 * How much of a whole text has room in the messages that one reply fills, in UTF-16 units; `undefined` where all of it has.
 * `limitBytes` is the encoded size that no message may pass.
 */
export const charsThatFit = (
  { pieces, piecewise }: Whole,
  limitBytes: number,
): number | undefined => {
  const calls = piecewise ? alignPieces(pieces) : [wellFormed(pieces.join(''))]
  let at: Filled = { message: unsentMessage(), messages: 1, chars: 0, isFull: false }
  for (const [nth, piece] of calls.entries()) {
    at = withPiece(at, piece, nth === calls.length - 1, limitBytes)
    if (at.isFull) return at.chars
  }
  return undefined
}

/** How far a text has filled its messages. */
interface Filled {
  readonly message: MessageProgress
  /** How many there are, with the one that is being filled. */
  readonly messages: number
  readonly chars: number
  readonly isFull: boolean
}

const withPiece = (from: Filled, piece: string, ended: boolean, limitBytes: number): Filled => {
  let at = from
  for (let pending = piece; pending !== ''; ) {
    const { message, messages } = at
    const lastMessage = messages >= MAX_MESSAGES
    const draft = { message, pending, ended, holdBack: false, limitBytes, lastMessage }
    const plan = planChunk(draft)
    if (plan === undefined) return at
    const chars = at.chars + plan.taken
    if (plan.truncated) return { ...at, chars, isFull: true }
    at =
      plan.ends === 'message'
        ? { ...at, chars, messages: messages + 1, message: unsentMessage(plan.reopen) }
        : { ...at, chars, message: appended(message, plan.text) }
    pending = pending.slice(plan.taken)
  }
  return at
}
