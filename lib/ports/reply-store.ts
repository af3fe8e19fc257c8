import type {
  EndWrite,
  LeaseState,
  NewReply,
  Orphan,
  OrphanGroup,
  ProgressWrite,
  PushedChunk,
  PushOutcome,
  PushTimes,
  ReleaseWrite,
  ReplyRecord,
  TakeOver,
  TakeOverTimes,
} from '../core/reply/record.ts'
import type { Conversation, MsgKey, ReplyId } from '../core/reply/reply.ts'

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
  /** Reads for less; the newest writes may be missing. `undefined` when there is none. */
  glance(replyId: ReplyId): Promise<ReplyRecord | undefined>
  /** The pieces of a `whole` reply. `undefined` when none were stored. */
  readPieces(replyId: ReplyId): Promise<readonly string[] | undefined>
  /** Writes under an epoch; refused when the epoch is old or the reply has ended. */
  record(replyId: ReplyId, epoch: number, write: ProgressWrite): Promise<LeaseState>
  /** Ends a reply under an epoch: sets the status, frees the lease, takes it off the sweeper's list. */
  end(replyId: ReplyId, epoch: number, ending: EndWrite): Promise<'ended' | 'superseded'>
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
    write: ReleaseWrite,
  ): Promise<'released' | 'news' | 'superseded'>
  /** Stores a pushed chunk, creating the reply with its first, and takes the lease where it is free. */
  pushChunk(replyId: ReplyId, chunk: PushedChunk, times: PushTimes): Promise<PushOutcome>
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
  /** Takes an ended reply off that list, or has it come up there again at `lookAgainAtMs` and not before. */
  settleEnded(replyId: ReplyId, lookAgainAtMs?: number): Promise<void>
}

/** Where signed webhooks came to whose bodies do not say it: a signature covers the body, and not the path. */
export interface WebhookPaths {
  /**
   * Binds a webhook to the first path that it comes to, for as long as its signature may be good, in one atomic step.
   * `'other'` when it is bound to another path. Throws `OutOfReach`.
   */
  bind(webhookId: string, path: string): Promise<'own' | 'other'>
}
