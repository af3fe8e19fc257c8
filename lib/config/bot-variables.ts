import { conversationVariables, limitVariables } from './conversation.ts'
import { noticeVariables } from './notices.ts'
import { sourceVariables } from './source.ts'

/** What a bot may have otherwise than the environment says. */
export const botVariables = (sources: readonly string[]) => ({
  ...sourceVariables(sources),
  ...conversationVariables(),
  ...limitVariables,
  ...noticeVariables,
})

/** Whether a variable's value may be a field of the secret: sources read these when they need them. */
export const mayBeSecret = (name: string): boolean => /_(?:KEY|TOKEN|PROMPT)$/.test(name)
