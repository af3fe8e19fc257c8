import type { AttachmentKind } from './attachment.ts'
import type { Aside, Turn } from './turn.ts'
import type { TurnNotices } from './turn-notices.ts'

/** What a bot goes by before it asks its source. */
export interface AnswerRules {
  /** What its source can do something with, beside text. */
  readonly takes: readonly AttachmentKind[]
  /** Texts that make the conversation begin anew; compared without white space around them and whatever their case. */
  readonly resetCommands: readonly string[]
}

export type HowToAnswer =
  /** The source is asked with this turn, which holds nothing but what the source takes. */
  | { readonly how: 'ask'; readonly turn: Turn }
  | { readonly how: 'say'; readonly notice: keyof TurnNotices }

const asideNotices = {
  hello: 'greeting',
  busy: 'busy',
  paused: 'paused',
} as const satisfies Record<Aside, keyof TurnNotices>

/** Whether a turn's source is asked, and with what. */
export const howToAnswer = (turn: Turn, { takes, resetCommands }: AnswerRules): HowToAnswer => {
  if (turn.aside !== undefined) return { how: 'say', notice: asideNotices[turn.aside] }
  if (isOneOf(resetCommands, turn.text)) return { how: 'say', notice: 'reset' }
  const { attachments = [], ...rest } = turn
  const taken = attachments.filter(({ kind }) => takes.includes(kind))
  if (taken.length > 0) return { how: 'ask', turn: { ...rest, attachments: taken } }
  return rest.text.trim() === '' ? { how: 'say', notice: 'unreadable' } : { how: 'ask', turn: rest }
}

const isOneOf = (commands: readonly string[], text: string): boolean =>
  commands.some((command) => plain(command) === plain(text))

const plain = (text: string): string => text.trim().toLowerCase()
