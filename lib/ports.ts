import type { ClockOffset } from './core/clock-offset.ts'
import type { PastTurn, SourceRequest } from './core/conversation/source-request.ts'
import type { Holder, Leaving, Ticket } from './core/conversation/ticket-lock.ts'
import type { Turn } from './core/conversation/turn.ts'
import type { MetricValues } from './core/metric-names.ts'
import type { Reserved, SlotRequest } from './core/rate-schedule.ts'
import type { MessageQuery, StoredMessage, StreamCall } from './core/reply/chat-calls.ts'
import type { ChatFailure } from './core/reply/chat-failure.ts'
import type { Continuation } from './core/reply/continuation.ts'
import type {
  InboxTaken,
  LeaseState,
  NewReply,
  Orphan,
  OrphanGroup,
  ProgressWrite,
  PushedChunk,
  PushOutcome,
  ReplyRecord,
  TakeOver,
  TakeOverTimes,
} from './core/reply/record.ts'
import type {
  Conversation,
  MsgKey,
  Progress,
  ReplyFailure,
  ReplyId,
  ReplyStatus,
} from './core/reply/reply.ts'
import type { Result } from './core/result.ts'

/** Time, so that no use case reads the real clock. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The ends of an invocation, as they come nearer. */
export interface InvocationSignals {
  /** Aborts when what may need most of an invocation's time can no longer be begun. */
  readonly startBy: AbortSignal
  /** Aborts while there is just time enough to bring things in order. */
  readonly handOver: AbortSignal
  /** Aborts when the invocation is about to be ended. */
  readonly deadline: AbortSignal
}

/** One line of the structured log. Fields carry no text of users and no credential. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Figures for dashboards and alarms. */
export interface Metrics {
  /** Publishes one observation of each figure. `dimensions` split a figure; `properties` only help to find the line. */
  record(
    values: MetricValues,
    about?: {
      readonly dimensions?: Readonly<Record<string, string>>
      readonly properties?: Readonly<Record<string, string>>
    },
  ): void
}

// ---------------------------------------------------------------- Tencent Chat

/**
 * Where chunks go. Every method answers with a value, never rejects for anything the network or the service does, and
 * signs again once by itself when the service refuses the signature.
 */
export interface ChatApi {
  /**
   * Appends to a message (`send_stream_msg`). Not idempotent: repeat a call in doubt only after reading the message back.
   * `mayStart` is asked directly before the bytes of each try go out; where it says no, that try is `notSent`.
   */
  sendChunk(
    call: StreamCall,
    signal?: AbortSignal,
    mayStart?: () => boolean,
  ): Promise<Result<{ readonly msgKey: MsgKey }, ChatFailure>>
  /** The conversation's messages of a span of time, oldest first, from both sides (`admin_getroammsg`). */
  readMessages(
    query: MessageQuery,
    signal?: AbortSignal,
  ): Promise<Result<readonly StoredMessage[], ChatFailure>>
  /** Overwrites a message with these chunks (`modify_c2c_msg`). Idempotent. */
  replaceMessage(
    message: Conversation & {
      readonly msgKey: MsgKey
      readonly chunks: readonly string[]
      readonly finished: boolean
    },
    signal?: AbortSignal,
  ): Promise<Result<void, ChatFailure>>
  /** How far the service's clock is ahead of ours, as far as its answers have shown; makes no call. */
  clockOffset(): ClockOffset
}

/** The bot accounts of the application. */
export interface RobotApi {
  /** Creating the same account again leaves one. `userId` begins `@RBT#`. */
  createRobot(
    robot: { readonly userId: string; readonly nick?: string },
    signal?: AbortSignal,
  ): Promise<Result<void, ChatFailure>>
  deleteRobot(userId: string, signal?: AbortSignal): Promise<Result<void, ChatFailure>>
  listRobots(signal?: AbortSignal): Promise<Result<readonly string[], ChatFailure>>
}

// ---------------------------------------------------------------- the store

/**
 * Remembers replies between invocations. Every method throws `OutOfReach` when the store cannot be asked, and each
 * change is one atomic write that either happens whole or not at all.
 */
export interface ReplyStore {
  /** Creates the record at epoch 1 with its lease held; with a record of that id there already, changes nothing and returns it. */
  begin(
    reply: NewReply,
    leaseUntilMs: number,
  ): Promise<{ readonly created: boolean; readonly record: ReplyRecord }>
  /** Reads consistently: every write answered before is seen. `undefined` when there is none. */
  read(replyId: ReplyId): Promise<ReplyRecord | undefined>
  /** The pieces of a `whole` reply. `undefined` when none were stored. */
  readPieces(replyId: ReplyId): Promise<readonly string[] | undefined>
  /** Writes under an epoch; refused when the epoch is old or the reply has ended. */
  record(replyId: ReplyId, epoch: number, write: ProgressWrite): Promise<LeaseState>
  /** Ends a reply under an epoch: sets the status, frees the lease, takes it off the sweeper's list. */
  end(
    replyId: ReplyId,
    epoch: number,
    ending: {
      readonly status: Exclude<ReplyStatus, 'open'>
      readonly progress: Progress
      readonly failure?: ReplyFailure
      /** When the sweeper looks once more for messages missing from the record; see `listUnsettled`. */
      readonly lookAgainAtMs?: number
    },
  ): Promise<'ended' | 'superseded'>
  /**
   * Takes the lease at the next epoch when nobody holds it or it ran out before `nowMs`. With an `attempt` the reply is `tried`,
   * and each lease from then on is followed by that attempt's pause before the reply is an orphan again.
   */
  takeOver(replyId: ReplyId, times: TakeOverTimes): Promise<TakeOver>
  /**
   * Records progress and gives the lease up, on condition that `pushes` still counts every push and nobody asked to cancel.
   * `sweepAtMs` is when the sweeper looks at the reply if nothing more arrives.
   */
  release(
    replyId: ReplyId,
    epoch: number,
    write: {
      readonly progress: Progress
      readonly taken?: InboxTaken
      /** True forgets the sweeper's attempts. */
      readonly movedOn?: boolean
      readonly pushes: number
      readonly sweepAtMs: number
    },
  ): Promise<'released' | 'news' | 'superseded'>
  /** Stores a pushed chunk, creating the reply with its first, and takes the lease where it is free. */
  pushChunk(
    replyId: ReplyId,
    chunk: PushedChunk,
    times: {
      readonly nowMs: number
      readonly leaseUntilMs: number
      /** What a new reply is dated; `nowMs` where absent. */
      readonly createdAtMs?: number
    },
  ): Promise<PushOutcome>
  /**
   * Asks the writer to stop. The record as it is after the write; `undefined` when there is no such reply, or none of the
   * conversation `within`, where that is given.
   */
  requestCancel(replyId: ReplyId, within?: Conversation): Promise<ReplyRecord | undefined>
  /**
   * Notes which reply a message belongs to. `'other'` when it is another reply's already; `'stopped'` when it is the reply's
   * own now, and somebody of that conversation stopped it before anybody had claimed it.
   */
  claimMessage(
    msgKey: MsgKey,
    replyId: ReplyId,
    conversation: Conversation,
  ): Promise<'own' | 'stopped' | 'other'>
  /**
   * Keeps a stop, for at least a minute, until a reply claims the message. Changes nothing where somebody has, and returns that
   * reply: a stop and a claim at the same moment never miss each other.
   */
  keepStop(msgKey: MsgKey, conversation: Conversation): Promise<ReplyId | undefined>
  /** The reply that claimed a message. */
  findByMsgKey(msgKey: MsgKey): Promise<ReplyId | undefined>
  /** Open replies whose lease (or waiting time) ran out before `nowMs`, the longest ago first. Eventually consistent. */
  listOrphans(nowMs: number, limit: number, group: OrphanGroup): Promise<readonly ReplyId[]>
  /** Reads consistently, and reads a broken record too. `undefined` when there is no such reply, or it has ended. */
  readOrphan(replyId: ReplyId): Promise<Orphan | undefined>
  /** Ended replies whose `lookAgainAtMs` came before `nowMs`, the longest ago first. Eventually consistent. */
  listUnsettled(nowMs: number, limit: number): Promise<readonly ReplyId[]>
  /** Takes an ended reply off that list. */
  settleEnded(replyId: ReplyId): Promise<void>
}

/** Where signed webhooks came to whose bodies do not say it: a signature covers the body, and not the path. */
export interface WebhookPaths {
  /**
   * Binds a webhook to the first path that it comes to, for as long as its signature may be good, in one atomic step.
   * `'other'` when it is bound to another path. Throws `OutOfReach`.
   */
  bind(webhookId: string, path: string): Promise<'own' | 'other'>
}

// ---------------------------------------------------------------- between invocations

/** Hands work to another invocation; within one conversation it is taken up in order. */
export interface ReplyQueue {
  /** Resolves once the queue has it. Throws `OutOfReach`. */
  continueLater(continuation: Continuation): Promise<void>
}

/** Hands users' messages to the worker; those of one conversation are taken up in order. */
export interface TurnQueue {
  /** Resolves once the queue has it; one that is handed over twice within five minutes arrives once. Throws `OutOfReach`. */
  answerLater(turn: Turn): Promise<void>
}

/**
 * The lock under which the messages of a conversation wait for each other, where the platform keeps no order. Each change is
 * one atomic write. Every method throws `OutOfReach`.
 */
export interface TicketLock {
  /** Takes the next ticket. An abandoned ticket holds the conversation up for one lease at most. */
  queueUp(conversation: Conversation, nowMs: number): Promise<Ticket>
  /** Begins to work under a ticket where its time has come (`enterLock`). */
  enter(ticket: Ticket, holder: Holder): Promise<'begun' | 'waiting' | 'passed'>
  /** Keeps the ticket served for another lease. False when somebody has stepped past. */
  stay(ticket: Ticket, holder: Holder): Promise<boolean>
  /** Lets the next one begin, or the same one in another invocation. Nothing happens where somebody has stepped past. */
  leave(ticket: Ticket, holder: Holder, leaving: Leaving): Promise<void>
}

/** Names one message of the queue as this invocation received it. */
export type ReceiptHandle = string

/**
 * Messages of the queue while they are worked on. Neither method throws: a failure is logged, and the queue's visibility
 * timeout makes up for it.
 */
export interface QueueReceipts {
  /** Keeps messages from other invocations for `ms` from now; 0 gives them back at once. */
  hideFor(handles: readonly ReceiptHandle[], ms: number): Promise<void>
  /** Takes a message that is done with out of the queue, so that the next one of its conversation can be taken up. */
  remove(handle: ReceiptHandle): Promise<void>
}

// ---------------------------------------------------------------- where a turn's reply comes from

/**
 * Where a reply's text comes from: deltas of any size, in order, ended with the reply's end. A source that cannot go on
 * throws; the reply is then closed with a notice and the turn is not asked again. `TextBrokenOff` says of what kind the end is
 * (`source-failed`, `cut` or `withheld`) and carries a sentence for the bot's owner, which must show neither a credential nor
 * a text of the user.
 */
export type ReplySource = (request: SourceRequest) => AsyncIterable<string>

/** The last turns of each conversation, bounded in number and size. Both methods throw `OutOfReach`. */
export interface ConversationHistory {
  /** Oldest first; empty when nothing is remembered. */
  recall(conversation: Conversation): Promise<readonly PastTurn[]>
  /** Adds a turn, atomically; one that is remembered already changes nothing. Drops the oldest where the bound is passed. */
  remember(conversation: Conversation, turn: PastTurn): Promise<void>
}

// ---------------------------------------------------------------- the budget

/** The calls that the whole application may make, shared by all invocations. */
export interface RateLimit {
  /**
   * Waits for the time at which one more call may start. `edge` is for the first and the last call of a reply, which go
   * ahead of the others. False when `signal` aborted first; then no call may be made. Never rejects: where the schedule
   * cannot be asked, this process goes on as it did before, and learns from `slowedDown`.
   */
  slot(kind: 'edge' | 'middle', signal: AbortSignal): Promise<boolean>
  /** Tells that the service refused a call because there were too many. */
  slowedDown(): void
}

/** The schedules of calls that all processes share. */
export interface SlotStore {
  /**
   * Reserves slots in a row, in one atomic step: no two reservations of a schedule overlap. `undefined` when the schedule is
   * taken beyond `latestMs`. Throws `OutOfReach`, or another error when `signal` aborts; then the slots may be reserved all
   * the same, and go to waste.
   */
  reserve(request: SlotRequest, signal: AbortSignal): Promise<Reserved | undefined>
}
