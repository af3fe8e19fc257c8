import type { ChunkPlan } from '../core/reply/plan-chunk.ts'
import type { Checkpoint } from './lease.ts'
import { checkpointOf, type Session } from './session.ts'

/** True for a call that finishes a message in the middle of a text that nobody but its writer has. */
export const isRollingOver = ({ text, writing }: Session, { ends }: ChunkPlan): boolean =>
  !text.survivesItsWriter && ends === 'message' && writing.way.afterLostAnswer === 'readBack'

/** The checkpoint of a writer that is about to make such a call. */
export const rollingOver = (checkpoint: Checkpoint): Checkpoint => ({
  ...checkpoint,
  progress: { ...checkpoint.progress, rollingOver: true },
})

/**
 * The record says that a rollover comes, before its call is made and until the next checkpoint: without that, the successor of
 * a dead writer would take a finished message for the end of the text.
 */
export const announcement = (session: Session) => {
  let madeAtCalls: number | undefined
  let says = false
  const isMade = () => says && madeAtCalls === session.writing.progress.calls

  return {
    /** True while the record says otherwise: a rollover that was announced may have become the end, or a plain chunk. */
    isDue(needed: boolean): boolean {
      return needed !== isMade()
    },
    async make(): Promise<void> {
      const checkpoint = checkpointOf(session)
      says = !isMade()
      madeAtCalls = session.writing.progress.calls
      await session.held.lease.save(says ? rollingOver(checkpoint) : checkpoint)
    },
  }
}
