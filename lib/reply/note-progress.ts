import { textAfterKnown } from '../core/reply/match-applied.ts'
import type { MsgKey } from '../core/reply/reply.ts'
import { lookUp } from './read-message.ts'
import { checkpointOf, isSparse, type Session } from './session.ts'

/**
 * Records what a call has added, or leaves that to the next write of the lease where progress is recorded only where it must be.
 * Finds out on the way, where nobody knows, whether that is so. Never waits.
 */
export const noteProgress = (session: Session, msgKey: MsgKey | undefined): void => {
  const { deps, held } = session
  const checkpoint = checkpointOf(session)
  if (msgKey !== undefined) deps.openMessages?.findOut(() => isShown(session, msgKey))
  if (isSparse(session)) {
    // The next write of the lease carries it; without one, a stop is seen by a look.
    held.lease.goOnFrom(checkpoint)
    held.lease.renewAndPoll()
  } else held.lease.note(checkpoint)
}

/** Whether an open message is shown with the text that it is known to have. */
const isShown = async (
  { deps, held, writing }: Session,
  msgKey: MsgKey,
): Promise<boolean | undefined> => {
  const { message } = writing.progress
  const looked = await lookUp(deps.chatApi, held.record.conversation, msgKey)
  if (looked.outcome === 'unreadable') return undefined
  if (looked.outcome === 'absent' || looked.message.text === undefined) return false
  if (looked.message.finished || message.msgKey !== msgKey) return undefined
  return textAfterKnown(message, looked.message.text) !== undefined
}
