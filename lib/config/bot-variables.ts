import { conversationVariables, limitVariables } from './conversation.ts'
import { noticeVariables } from './notices.ts'
import { sourceVariables } from './source.ts'

/** What a bot may have otherwise than the environment says. */
export const botVariables = (sources: readonly string[]) => ({
  ...sourceVariables(sources),
  ...conversationVariables(),
  USER_TURNS_PER_MINUTE: limitVariables.USER_TURNS_PER_MINUTE,
  USER_TURNS_PER_DAY: limitVariables.USER_TURNS_PER_DAY,
  ...noticeVariables,
})

/** Whether a variable's value may be a field of the secret: sources read these when they need them. */
export const mayBeSecret = (name: string): boolean => /_(?:KEY|TOKEN|PROMPT)$/.test(name)
