import { hasMovedOn } from '../core/reply/attempt.ts'
import type { Notices } from '../core/reply/notice.ts'
import type { MsgKey, ReplyId } from '../core/reply/reply.ts'
import type { Writing } from '../core/reply/writing.ts'
import type { ChatApi, Clock, Log, Metrics, RateLimit, ReplyQueue, ReplyStore } from '../ports.ts'
import type { HeldReply } from './held.ts'
import type { LagMeter } from './lag-meter.ts'
import type { Checkpoint } from './lease.ts'
import type { ReplyText } from './reply-text.ts'

export interface WriterDeps {
  readonly chatApi: ChatApi
  readonly store: ReplyStore
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly log: Log
  readonly metrics?: Metrics
  /** Sees each chunk that was applied, with its text: for debugging alone. */
  readonly traceChunk?: (chunk: AppliedChunk) => void
  /** The calls of the whole application; without it a reply keeps its own pace alone. */
  readonly rateLimit?: RateLimit
  /** Takes the rest of a reply to the next invocation; without it nothing can be handed over. */
  readonly queue?: ReplyQueue
}

/** What one call has added. */
interface AppliedChunk {
  readonly replyId: ReplyId
  readonly msgKey: MsgKey | undefined
  readonly text: string
  readonly finish: boolean
}

export interface WriterSettings {
  /** Least time between the starts of two calls of one reply, in ms. */
  readonly minGapMs: number
  /** Encoded size at which a message is full, in bytes. */
  readonly messageBytes: number
  readonly leaseMs: number
  /** What to do with a chunk that may or may not have been applied. */
  readonly inDoubt: 'verify' | 'resend' | 'skip'
  readonly notices: Notices
}

/** A reply while it is written: what its writer works with, and where it stands. */
export interface Session {
  readonly deps: WriterDeps
  readonly settings: WriterSettings
  readonly held: HeldReply
  readonly text: ReplyText
  writing: Writing
  /** True once it is decided that the reply ends before its text does. */
  endsEarly: boolean
  /** False once a call was given up whose answer may still matter. */
  settled: boolean
  /** How long the oldest text in hand has waited, and the longest that any has. */
  readonly lag: LagMeter
}

/** What is recorded now. */
export const checkpointOf = ({ held, text, writing: { progress } }: Session): Checkpoint => {
  const checkpoint = text.checkpoint(progress)
  return hasMovedOn(held.record.attempt, progress) ? { ...checkpoint, movedOn: true } : checkpoint
}
