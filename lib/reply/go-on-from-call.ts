import type { Notices } from '../core/reply/notice.ts'
import { callsRepeated, endedByService } from '../core/reply/repeated.ts'
import type { CallUnderWay } from '../core/reply/reply.ts'
import type { Way } from '../core/reply/way.ts'
import {
  callDropped,
  chunkApplied,
  counted,
  startWriting,
  type Writing,
} from '../core/reply/writing.ts'
import type { HeldReply } from './held.ts'
import { claimFor } from './persist.ts'
import type { Reconciled } from './read-back.ts'
import { settleLastCall } from './recover.ts'
import { keysOf, type Repeated, repeatCall } from './repeat-call.ts'
import type { WriterDeps, WriterSettings } from './writer-deps.ts'

/**
 * Finds out how far a reply has come whose calls can be repeated: the one under way, which its last writer recorded before it
 * was made, is made again. `undefined` where that stays unknown for now.
 */
export const goOnFromCall = async (
  deps: WriterDeps,
  settings: WriterSettings,
  held: HeldReply,
  way: Way,
): Promise<Reconciled | undefined> => {
  const { record, waiting } = held
  const { progress } = record
  const { underWay } = progress
  if (underWay === undefined) return { progress, state: 'open' }
  const pause = waiting.pauseThroughStop
  if (way.lateCallsUndo && !(await settleLastCall(deps, settings, record, pause))) return undefined
  const repeated = await repeatCall(deps, settings, held, { way, progress, call: underWay })
  const begun = callsRepeated(startWriting(progress, settings, way), repeated, deps.clock.now())
  const after = afterRepeated(begun, underWay, repeated, deps.clock.now())
  if (after === undefined) return undefined
  const stopped = repeated.outcome === 'applied' && (await claimed(deps, held, repeated))
  return {
    progress: after.progress,
    state: after.closed ? endOf(underWay, settings.notices) : 'open',
    stopped,
  }
}

const afterRepeated = (
  writing: Writing,
  call: CallUnderWay,
  repeated: Repeated,
  nowMs: number,
): Writing | undefined => {
  switch (repeated.outcome) {
    case 'applied': {
      const { msgKey } = writing.progress.message
      const at = repeated.isCertain ? writing : counted(writing, 'inDoubt')
      return chunkApplied(at, call, msgKey ?? repeated.written.msgKey, nowMs)
    }
    case 'notApplied':
      return callDropped(repeated.isCertain === false ? counted(writing, 'inDoubt') : writing)
    case 'closed': {
      const at = repeated.isCertain ? writing : counted(writing, 'inDoubt')
      return endedByService(at, call, repeated.applied, nowMs)
    }
    case 'unknown':
      return undefined
  }
}

/** Notes which reply the message is of; true where somebody had stopped it before. */
const claimed = async (
  deps: WriterDeps,
  { record, waiting }: HeldReply,
  { written }: Extract<Repeated, { readonly outcome: 'applied' }>,
): Promise<boolean> => {
  if (record.progress.message.msgKey !== undefined) return false
  const owners = await Promise.all(
    keysOf(written).map((key) => claimFor(deps, record, key, waiting.pauseThroughStop)),
  )
  return owners.includes('stopped')
}

/** The call ended the reply, with its text or with a notice. */
const endOf = (
  { text }: CallUnderWay,
  { failed, cut, withheld, interrupted }: Notices,
): 'complete' | 'closed' =>
  [failed, cut, withheld, interrupted].some((notice) => text.endsWith(notice))
    ? 'closed'
    : 'complete'
