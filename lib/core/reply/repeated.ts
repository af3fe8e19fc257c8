import { advanceFence, fenceAround } from '../text/fence.ts'
import { SETTLED_AFTER_MS } from './opening.ts'
import type { ChunkPlan } from './plan-chunk.ts'
import { abandonMessage, chunkApplied, type Writing } from './writing.ts'

/** After calls were made again, the newest of them at `nowMs`; `lostAtMs` is of the newest answer that was lost. */
export const callsRepeated = (
  writing: Writing,
  { calls, lostAtMs }: { readonly calls: number; readonly lostAtMs?: number },
  nowMs: number,
): Writing => ({
  ...writing,
  ...(calls > 0 ? { lastStartMs: nowMs } : {}),
  progress: {
    ...writing.progress,
    calls: writing.progress.calls + calls,
    retries: writing.progress.retries + calls,
    ...(lostAtMs === undefined ? {} : { lostAtMs }),
  },
})

/** After the answer of a call was lost that can be repeated. */
export const repeatableLost = (writing: Writing, nowMs: number): Writing => ({
  ...writing,
  progress: {
    ...writing.progress,
    lostAnswers: writing.progress.lostAnswers + 1,
    lostAtMs: nowMs,
  },
})

/** For how long a lost call may undo what closes the message now, in ms. */
export const mayBeUndoneForMs = ({ way, progress }: Writing, nowMs: number): number =>
  way.lateCallsUndo && progress.lostAtMs !== undefined
    ? Math.max(progress.lostAtMs + SETTLED_AFTER_MS - nowMs, 0)
    : 0

/** After the service has ended the message that a call was for, which was applied before, or was not. */
export const endedByService = (
  writing: Writing,
  plan: ChunkPlan,
  applied: boolean,
  nowMs: number,
): Writing => {
  const { message } = writing.progress
  if (!applied) return abandonMessage(writing)
  if (plan.ends !== 'nothing') return chunkApplied(writing, plan, message.msgKey, nowMs)
  const { reopen } = fenceAround(advanceFence(message.fence, plan.text))
  return chunkApplied(writing, { ...plan, ends: 'message', reopen }, message.msgKey, nowMs)
}
