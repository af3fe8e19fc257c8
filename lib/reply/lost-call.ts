import { textAfterKnown } from '../core/reply/match-applied.ts'
import { type Moment, SETTLED_AFTER_MS, spanOfCall } from '../core/reply/opening.ts'
import type { Conversation, MessageProgress, MsgKey, ReplyId } from '../core/reply/reply.ts'
import type { ChatApi, Clock, Log, ReplyStore } from '../ports.ts'
import type { OpenMessages } from './open-messages.ts'
import { claimFor } from './persist.ts'
import { lookUp, readOpened } from './read-message.ts'
import type { Waiting } from './waiting.ts'

const READ_AGAIN_MS = [250, 750, 1_500, 3_000]

/** A call whose answer never came. */
export interface LostCall {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  /** The message as it was known before the call. */
  readonly message: MessageProgress
  readonly text: string
  readonly finish: boolean
  readonly start: Moment
  readonly lost: Moment
  /** Messages of the reply that were named before. */
  readonly msgKeys: readonly MsgKey[]
}

/** `unknown`: reading back failed until `patienceMs` was over, or showed nothing that fits. */
export type Settlement =
  /** `isStopped`: somebody stopped the reply at this message. */
  | { readonly outcome: 'applied'; readonly msgKey: MsgKey; readonly isStopped?: boolean }
  | { readonly outcome: 'notApplied' }
  /** The message that the call would have opened is not there; the service may hide open messages. */
  | { readonly outcome: 'notFound' }
  | { readonly outcome: 'unknown' }

interface Deps {
  readonly chatApi: ChatApi
  readonly store: ReplyStore
  readonly clock: Clock
  readonly log: Log
  readonly openMessages?: OpenMessages
}

type Pauses = Pick<Waiting, 'pause' | 'pauseThroughStop'>

/**
 * Finds out by reading back whether a call was applied. "Applied" is believed at once; "not applied" only when the service
 * can no longer be working on the call, since a dropped connection does not stop it. Where a stop ends the waiting, a look
 * decides; what it does not find is waited for until then all the same: what closes a message must not overtake what belongs
 * before it. `signal` ends the reading.
 */
export const settleDoubt = async (
  deps: Deps,
  call: LostCall,
  patienceMs: number,
  waiting: Pauses,
  signal: AbortSignal,
): Promise<Settlement> => {
  // Counted from when the answer was lost: a stalled process may have sent the call long after it began it.
  const settledAtMs = call.lost.atMs + SETTLED_AFTER_MS
  const giveUpAtMs = Math.max(settledAtMs, call.lost.atMs + patienceMs)
  const look = looker(deps, call, waiting, signal)
  const nowMs = countedFrom(deps, call)
  for (let reads = 0; ; reads += 1) {
    const readAtMs = nowMs()
    const seen = await look(readAtMs >= settledAtMs)
    if (seen.outcome === 'applied') return seen
    const readable = seen.outcome !== 'unknown'
    if (readAtMs >= settledAtMs && (readable || readAtMs >= giveUpAtMs)) return seen

    const untilMs = readAtMs < settledAtMs ? settledAtMs : giveUpAtMs
    const leftMs = Math.max(untilMs - nowMs(), 0)
    if (!(await waiting.pause(Math.min(readAgainMs(reads), leftMs)))) {
      return lastLook(nowMs, look, settledAtMs, waiting)
    }
  }
}

/** Our time, less any leap of our clock since the answer was lost: the leap may not have passed at the service. */
const countedFrom =
  ({ chatApi, clock }: Deps, { lost }: LostCall) =>
  (): number =>
    clock.now() - (chatApi.clockOffset().leaptMs - lost.leaptMs)

const readAgainMs = (reads: number): number =>
  READ_AGAIN_MS[Math.min(reads, READ_AGAIN_MS.length - 1)] ?? 0

const lastLook = async (
  nowMs: () => number,
  look: ReturnType<typeof looker>,
  settledAtMs: number,
  waiting: Pick<Waiting, 'pauseThroughStop'>,
): Promise<Settlement> => {
  const seen = await look(true)
  const leftMs = settledAtMs - nowMs()
  if (seen.outcome === 'applied' || leftMs <= 0) return seen
  return (await waiting.pauseThroughStop(leftMs))
    ? lastLook(nowMs, look, settledAtMs, waiting)
    : { outcome: 'unknown' }
}

const looker =
  (deps: Deps, call: LostCall, waiting: Pauses, signal: AbortSignal) =>
  async (final: boolean): Promise<Settlement> => {
    const { msgKey } = call.message
    if (msgKey !== undefined) return lookForAppended(deps, call, msgKey, signal)
    // A message like ours may be another reply's whose writer is about to claim it.
    return final ? lookForFirst(deps, call, waiting, signal) : { outcome: 'notFound' }
  }

const lookForAppended = async (
  { chatApi, openMessages }: Deps,
  call: LostCall,
  msgKey: MsgKey,
  signal: AbortSignal,
): Promise<Settlement> => {
  const looked = await lookUp(chatApi, call.conversation, msgKey, signal)
  if (looked.outcome === 'absent') openMessages?.contradict()
  const text = looked.outcome === 'shown' ? looked.message.text : undefined
  const after = text === undefined ? undefined : textAfterKnown(call.message, text)
  if (after === call.text) return { outcome: 'applied', msgKey }
  return { outcome: after === '' ? 'notApplied' : 'unknown' }
}

/** The oldest message that the call can have made and nobody else has claimed: two replies to one user may begin alike. */
const lookForFirst = async (
  deps: Deps,
  call: LostCall,
  { pauseThroughStop }: Pauses,
  signal: AbortSignal,
): Promise<Settlement> => {
  const shown = await readOpened({ ...deps, signal }, call.conversation, (offset) =>
    spanOfCall(offset, call.start, call.lost),
  )
  if (shown === undefined) return { outcome: 'unknown' }

  for (const { msgKey, text, finished } of shown) {
    const fits = text === call.text && finished === call.finish
    if (!fits || call.msgKeys.includes(msgKey)) continue
    try {
      const owner = await claimFor(deps, call, msgKey, pauseThroughStop)
      if (owner !== 'other') return { outcome: 'applied', msgKey, isStopped: owner === 'stopped' }
    } catch (error) {
      deps.log.warn('message-not-claimed', { replyId: call.replyId, msgKey, error: String(error) })
      return { outcome: 'unknown' }
    }
  }
  return { outcome: 'notFound' }
}
