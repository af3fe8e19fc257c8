import type { Way } from '../../../core/reply/way.ts'

/** The service knows a repeated opening by its number for five minutes (document 1047/34959); some time for the way there. */
const SAME_OPENING_FOR_MS = 270_000

/**
 * `send_group_msg`, then `modify_group_msg` with the whole text again: making the same call twice changes nothing, but one that
 * comes late puts an older text in the place of a newer one.
 */
export const modify = (minGapMs: number): Way => ({
  name: 'modify',
  afterLostAnswer: 'repeat',
  carriedChars: Number.MAX_SAFE_INTEGER,
  lateCallsUndo: true,
  minGapMs,
  takesEmpty: true,
  namesAsker: 'beside',
  sameOpeningForMs: SAME_OPENING_FOR_MS,
})
