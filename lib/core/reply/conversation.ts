import { fieldsOf } from '../json.ts'
import { type Conversation, conversationText, placeOf } from './reply.ts'

/** What names a conversation beside its bot: members of a group have each their own. */
export const conversationParts = (conversation: Conversation): readonly string[] => {
  const { from, to, group } = conversation
  return group === undefined ? [from, to] : [conversationText(conversation)]
}

/** The same for all who read along: the members of a group share one. */
export const sharedParts = ({ from, to, group }: Conversation): readonly string[] =>
  group === undefined ? [from, to] : ['group', from, to, group.topic ?? '']

/** The group of a conversation, whoever asks there; `undefined` for a conversation with one user. */
export const wholeGroup = ({ from, to, group }: Conversation): Conversation | undefined =>
  group && { from, to, group: group.topic === undefined ? {} : { topic: group.topic } }

/** Reads a conversation as JSON has it; `undefined` for anything else. */
export const parseConversation = (value: unknown): Conversation | undefined => {
  const { from, to, group } = fieldsOf(value)
  if (typeof from !== 'string' || typeof to !== 'string') return undefined
  if (group === undefined) return { from, to }
  const { asker, topic } = fieldsOf(group)
  return {
    from,
    to,
    group: placeOf({
      ...(typeof asker === 'string' ? { asker } : {}),
      ...(typeof topic === 'string' ? { topic } : {}),
    }),
  }
}
