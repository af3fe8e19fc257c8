import * as v from 'valibot'
import { DEFAULT_TURN_NOTICES } from '../core/conversation/turn-notices.ts'
import { listed } from '../core/listed.ts'
import { withDefault } from './kinds.ts'

/** A text that is a message of its own. */
const sentence = (fallback: string) =>
  v.optional(v.pipe(v.string(), v.maxLength(2_000, 'must have at most 2,000 characters')), fallback)

/** How a bot behaves around what its source says. */
export const conversationVariables = () => ({
  NOTICE_UNREADABLE: sentence(DEFAULT_TURN_NOTICES.unreadable),
  NOTICE_BUSY: sentence(DEFAULT_TURN_NOTICES.busy),
  NOTICE_PAUSED: sentence(DEFAULT_TURN_NOTICES.paused),
  NOTICE_RESET: sentence(DEFAULT_TURN_NOTICES.reset),
  GREETING: sentence(DEFAULT_TURN_NOTICES.greeting),
  RESET_COMMANDS: v.pipe(
    v.optional(v.string(), '/new,/reset'),
    v.transform((commands) => listed(commands)),
  ),
  TYPING_AFTER_MS: withDefault(0, 0, 600_000),
  HISTORY_HOURS: withDefault(24, 1, 8_760),
})

/** How many turns of one user are answered; 0 is no limit. */
export const limitVariables = {
  USER_TURNS_PER_MINUTE: withDefault(20, 0, 1_000),
  USER_TURNS_PER_DAY: withDefault(0, 0, 1_000),
  GROUP_TURNS_PER_MINUTE: withDefault(60, 0, 1_000),
}

/** Variables whose empty value is not the same as none. */
export const mayBeEmpty: ReadonlySet<string> = new Set(['RESET_COMMANDS'])
