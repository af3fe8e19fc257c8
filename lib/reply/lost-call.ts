import { textAfterKnown } from '../core/reply/match-applied.ts'
import type { Conversation, MessageProgress, MsgKey, ReplyId } from '../core/reply/reply.ts'
import type { ChatApi, Clock, ReplyStore } from '../ports.ts'
import { readMessage } from './repair-message.ts'
import type { Pause } from './waiting.ts'

/** The service gives up a call after 3 s, so what it has not applied by then it never will; some time for the way there. */
export const SETTLED_AFTER_MS = 3_200
/** The clocks of two data centres may differ by this much. */
export const CLOCK_SKEW_SECONDS = 2
const READ_AGAIN_MS = [250, 750, 1_500, 3_000]

/** A call whose answer never came. */
export interface LostCall {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  /** The message as it was known before the call. */
  readonly message: MessageProgress
  readonly text: string
  readonly finish: boolean
  readonly startedAtMs: number
  /** Messages of the reply that were named before. */
  readonly msgKeys: readonly MsgKey[]
}

/** `unknown`: reading back failed until `patienceMs` was over, or showed nothing that fits. */
export type Settlement =
  | { readonly outcome: 'applied'; readonly msgKey: MsgKey }
  | { readonly outcome: 'notApplied' }
  /** The message that the call would have opened is not there; the service may hide open messages. */
  | { readonly outcome: 'notFound' }
  | { readonly outcome: 'unknown' }

/**
 * Finds out by reading back whether a call was applied. "Applied" is believed at once; "not applied" only when the service
 * can no longer be working on the call, since a dropped connection does not stop it.
 */
export const settleDoubt = async (
  deps: { readonly chatApi: ChatApi; readonly store: ReplyStore; readonly clock: Clock },
  call: LostCall,
  patienceMs: number,
  /** Lets time pass between two reads; false ends the search. */
  pause: Pause,
): Promise<Settlement> => {
  // Counted from when the answer was lost: a process that got no turn may have sent the call much later than it began it.
  const settledAtMs = deps.clock.now() + SETTLED_AFTER_MS
  const giveUpAtMs = Math.max(settledAtMs, deps.clock.now() + patienceMs)
  for (let reads = 0; ; reads += 1) {
    const readAtMs = deps.clock.now()
    const seen = await look(deps, call, readAtMs >= settledAtMs)
    if (seen.outcome === 'applied') return seen
    const readable = seen.outcome !== 'unknown'
    if (readAtMs >= settledAtMs && (readable || readAtMs >= giveUpAtMs)) return seen

    const wait = READ_AGAIN_MS[Math.min(reads, READ_AGAIN_MS.length - 1)] ?? 0
    const until = readAtMs < settledAtMs ? settledAtMs : giveUpAtMs
    if (!(await pause(Math.min(wait, Math.max(until - deps.clock.now(), 0))))) {
      return { outcome: 'unknown' }
    }
  }
}

type Deps = Parameters<typeof settleDoubt>[0]

const look = async (deps: Deps, call: LostCall, settled: boolean): Promise<Settlement> => {
  const { msgKey } = call.message
  if (msgKey !== undefined) return lookForAppended(deps, call, msgKey)
  // A message like ours may be another reply's whose writer is about to claim it.
  return settled ? lookForFirst(deps, call) : { outcome: 'notFound' }
}

const lookForAppended = async (
  { chatApi }: Deps,
  call: LostCall,
  msgKey: MsgKey,
): Promise<Settlement> => {
  const message = await readMessage(chatApi, call.conversation, msgKey)
  const after = message?.text === undefined ? undefined : textAfterKnown(call.message, message.text)
  if (after === call.text) return { outcome: 'applied', msgKey }
  return { outcome: after === '' ? 'notApplied' : 'unknown' }
}

const lookForFirst = async (
  { chatApi, store, clock }: Deps,
  call: LostCall,
): Promise<Settlement> => {
  const read = await chatApi.readMessages({
    from: call.conversation.from,
    to: call.conversation.to,
    minTimeSeconds: Math.floor(call.startedAtMs / 1_000) - CLOCK_SKEW_SECONDS,
    maxTimeSeconds: Math.ceil(clock.now() / 1_000) + CLOCK_SKEW_SECONDS,
  })
  if (!read.ok) return { outcome: 'unknown' }

  const candidates = read.value.filter(
    (message) =>
      message.from === call.conversation.from &&
      message.text === call.text &&
      message.finished === call.finish &&
      !call.msgKeys.includes(message.msgKey),
  )
  // Two replies to one user may begin alike: a message belongs to the one that claimed it first.
  for (const { msgKey } of candidates.reverse()) {
    if ((await store.claimMessage(msgKey, call.replyId)) === 'own')
      return { outcome: 'applied', msgKey }
  }
  return { outcome: 'notFound' }
}
