import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import type { Rollover } from '../core/reply/reply.ts'
import { rollingOver } from '../core/reply/writing.ts'
import { checkpointOf, type Session } from './session.ts'

/** What a call adds that finishes a message in the middle of a text that nobody but its writer has; `undefined` for others. */
const rolloverBy = ({ text, writing }: Session, plan: ChunkPlan): Rollover | undefined =>
  !text.survivesItsWriter && plan.ends === 'message' && writing.way.afterLostAnswer === 'readBack'
    ? { close: plan.close ?? '', reopen: plan.reopen }
    : undefined

/** True where the record says of this call what it is: a rollover that was announced may have become the end, or a plain chunk. */
export const isAnnounced = (session: Session, plan: ChunkPlan): boolean => {
  const said = session.writing.progress.rollingOver
  const needed = rolloverBy(session, plan)
  return said?.close === needed?.close && said?.reopen === needed?.reopen
}

/**
 * The record says that a rollover comes, before its call is made and until it was: without that, the successor of a dead writer
 * would take a finished message for the end of the text, or the end for a rollover.
 */
export const announce = async (session: Session, plan: ChunkPlan): Promise<void> => {
  session.writing = rollingOver(session.writing, rolloverBy(session, plan))
  await session.held.lease.save(checkpointOf(session))
}
