import type { Notices } from '../core/reply/notice.ts'
import type { MsgKey, ReplyId } from '../core/reply/reply.ts'
import type { Ways } from '../core/reply/way.ts'
import type { ChatApi, Clock, Log, Metrics, RateLimit, ReplyQueue, ReplyStore } from '../ports.ts'
import type { OpenMessages } from './open-messages.ts'

/** What a writer needs of the outside world. */
export interface WriterDeps {
  readonly chatApi: ChatApi
  readonly store: ReplyStore
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly log: Log
  readonly metrics?: Metrics
  /** Sees each applied chunk with its text; for debugging only. */
  readonly traceChunk?: (chunk: AppliedChunk) => void
  /** Limits the calls of the whole application; without it, each reply only keeps its own pace. */
  readonly rateLimit?: RateLimit
  /** Without it progress is recorded after each call. */
  readonly openMessages?: OpenMessages
  /** Takes the rest of a reply to the next invocation; without it nothing can be handed over. */
  readonly queue?: ReplyQueue
}

/** What one call added to a message. */
interface AppliedChunk {
  readonly replyId: ReplyId
  readonly msgKey: MsgKey | undefined
  readonly text: string
  readonly finish: boolean
}

/** How replies are written. */
export interface WriterSettings {
  readonly ways: Ways
  /** Least time between the starts of two calls of one reply, in ms. */
  readonly minGapMs: number
  /** Encoded size at which a message is full, in bytes. */
  readonly messageBytes: number
  /** Lets a chunk end before Markdown that is still open, where possible. */
  readonly smoothMarkdown: boolean
  readonly leaseMs: number
  /** What to do with a chunk that may or may not have been applied. */
  readonly inDoubt: 'verify' | 'resend' | 'skip'
  readonly notices: Notices
}
