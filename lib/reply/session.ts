import type { Notices } from '../core/reply/notice.ts'
import type { Conversation, MsgKey, Progress, ReplyId } from '../core/reply/reply.ts'
import type { Ending, Writing } from '../core/reply/writing.ts'
import type { ChatApi, Clock, Log, Metrics, RateLimit, ReplyQueue, ReplyStore } from '../ports.ts'
import type { LagMeter } from './lag-meter.ts'
import type { Checkpoint, ReplyLease } from './lease.ts'
import type { DeltaQueue } from './streamed-text.ts'
import type { Waiting } from './waiting.ts'

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
  /** What to do with a chunk of which nobody can say whether it was applied. */
  readonly inDoubt: 'verify' | 'resend' | 'skip'
  readonly notices: Notices
}

/** A reply and the means to write it. */
export interface WritingJob {
  readonly replyId: ReplyId
  readonly conversation: Conversation
  readonly progress: Progress
  readonly queue: DeltaQueue
  readonly lease: ReplyLease
  /** Where its writer waits, for whatever it may be. */
  readonly waiting: Waiting
  /** False when each pending text is known to end at a cluster's end. */
  readonly holdBack: boolean
  /** True when a place in the budget is held for the first call. */
  readonly hasSlot: boolean
  /** True when the text is lost where its writer dies. */
  readonly textDies: boolean
  /** True when its record alone tells what each call will carry. */
  readonly foreseen: boolean
  /** What is recorded with the progress. */
  readonly checkpoint: (progress: Progress) => Checkpoint
  /** For text that comes by way of the record: it is looked at again before each call, and left when there is nothing to send. */
  readonly pulled?: {
    /** There is nothing to send: whether to look again. */
    readonly onIdle: (checkpoint: Checkpoint) => Promise<'again' | 'leave'>
  }
}

export type WriteOutcome =
  | {
      readonly how: 'ended'
      readonly ending: Ending
      readonly progress: Progress
      /** The longest that any text waited to be applied, in ms. */
      readonly lagMs: number
    }
  | {
      /** `unreachable`: the service took nothing for two minutes. In each case the reply stays open. */
      readonly how: 'handedOver' | 'released' | 'superseded' | 'unreachable'
      readonly progress: Progress
      /** False when a call may still be under way whose answer nobody waited for. */
      readonly settled: boolean
    }

/** A reply while it is written: what its writer works with, and where it stands. */
export interface Session {
  readonly deps: WriterDeps
  readonly settings: WriterSettings
  readonly job: WritingJob
  /** Aborts when the invocation must stop: the reply stays open for the next one. */
  readonly handOver: AbortSignal
  writing: Writing
  /** True once it is decided that the reply ends before its text does. */
  endsEarly: boolean
  /** False once a call was given up whose answer may still matter. */
  settled: boolean
  /** How long the oldest text in hand has waited, and the longest that any has. */
  readonly lag: LagMeter
}

/** What is recorded now. */
export const checkpointOf = ({ job, writing }: Session): Checkpoint =>
  job.checkpoint(writing.progress)
