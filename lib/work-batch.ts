import { type InvocationSignals, takeUpReply } from './continue-reply.ts'
import { parseQueueMessage } from './core/queue-message.ts'
import type { WriterDeps, WriterSettings } from './writer/session.ts'

/** A message as it came from the queue. */
export interface QueuedMessage {
  readonly messageId: string
  /** Messages of one group are worked on one after another. */
  readonly group: string
  readonly body: string
}

/**
 * Works on a batch of the queue: several conversations at once, each in order. Answers with the messages that must come
 * again; once one of a group must, so must those behind it. Never rejects.
 */
export const workBatch = async (
  deps: WriterDeps,
  settings: WriterSettings,
  messages: readonly QueuedMessage[],
  signals: InvocationSignals,
): Promise<readonly string[]> => {
  const workOne = async ({ messageId, body }: QueuedMessage): Promise<boolean> => {
    const message = parseQueueMessage(body)
    if (message === undefined) {
      deps.log.warn('unknown-message', { messageId })
      return false
    }
    try {
      const receipt = await takeUpReply(deps, settings, message.replyId, signals)
      deps.log.info('continued', { replyId: message.replyId, how: receipt?.how ?? 'held' })
      return true
    } catch (error) {
      deps.log.warn('not-continued', { replyId: message.replyId, error: String(error) })
      return false
    }
  }
  const workGroup = async (group: readonly QueuedMessage[]): Promise<readonly string[]> => {
    for (const [done, message] of group.entries()) {
      if (signals.handOver.aborted || !(await workOne(message))) {
        return group.slice(done).map(({ messageId }) => messageId)
      }
    }
    return []
  }
  const left = await Promise.all(groupsOf(messages).map(workGroup))
  return left.flat()
}

const groupsOf = (messages: readonly QueuedMessage[]): readonly (readonly QueuedMessage[])[] => {
  const groups = new Map<string, QueuedMessage[]>()
  for (const message of messages) {
    const group = groups.get(message.group)
    if (group === undefined) groups.set(message.group, [message])
    else group.push(message)
  }
  return [...groups.values()]
}
