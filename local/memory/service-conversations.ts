import type { Conversation } from '../../lib/core/reply/reply.ts'
import type { Clock, ServiceConversations } from '../../lib/ports.ts'

/** `ServiceConversations` for tests and for a process that shares nothing. */
export const memoryServiceConversations = ({
  clock,
  hours,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly hours: number
}): ServiceConversations => {
  const kept = new Map<string, { readonly name: string; readonly untilMs: number }>()
  const keyOf = ({ from, to }: Conversation): string => JSON.stringify([from, to])
  return {
    async recall(conversation) {
      const { name, untilMs } = kept.get(keyOf(conversation)) ?? { name: '', untilMs: 0 }
      return untilMs > clock.now() ? name : undefined
    },
    async keep(conversation, name) {
      kept.set(keyOf(conversation), { name, untilMs: clock.now() + hours * 3_600_000 })
    },
  }
}
