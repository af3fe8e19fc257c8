import { parseQueueMessage, type QueueMessage } from '../core/conversation/queue-message.ts'
import type { Turn } from '../core/conversation/turn.ts'
import type { ReplyId } from '../core/reply/reply.ts'
import type { Clock, InvocationSignals, Log, QueueReceipts, ReceiptHandle } from '../ports.ts'
import type { Receipt } from '../reply/receipt.ts'
import type { TurnOutcome } from '../use-cases/run-turn.ts'
import { holdMessages } from './visibility-heartbeat.ts'

/** A message as it came from the queue. */
export interface QueuedMessage {
  readonly messageId: string
  readonly receiptHandle: ReceiptHandle
  /** Messages of one group are worked on one after another. */
  readonly group: string
  readonly body: string
  /** How often it was received, this time included. */
  readonly receiveCount: number
}

/** The same, read; `message` is absent where this program did not write it. */
interface Received extends QueuedMessage {
  readonly message: QueueMessage | undefined
}

/** What is done for each kind of message. Both may reject: the message then comes again. */
export interface BatchWork {
  /** `undefined` when there is nothing to do or another writer is at it: the message is done with then, too. */
  continueReply(replyId: ReplyId, signals: InvocationSignals): Promise<Receipt | undefined>
  answer(turn: Turn, signals: InvocationSignals): Promise<TurnOutcome>
}

export interface BatchDeps {
  readonly clock: Clock
  readonly log: Log
  readonly receipts: QueueReceipts
}

/** How long messages stay hidden beyond a lease, in ms: a reply whose writer died is free when they come again. */
const HIDDEN_BEYOND_LEASE_MS = 15_000
/** Wait before the second try of a message that failed, in ms; each further one is twice as long. */
const FIRST_WAIT_MS = 1_000

/** What came of one try of a message. */
export type Outcome =
  | { readonly done: true }
  | { readonly done: false; readonly retryAfterMs: number }

/**
 * Works on a batch of the queue: several conversations at once, each in order. Every message is removed as soon as it is done;
 * once one of a group must come again, so must those behind it, and all of them are given back before the batch ends. Answers
 * with the ids of those. Never rejects.
 */
export const workBatch = async (
  { clock, log, receipts }: BatchDeps,
  { leaseMs }: { readonly leaseMs: number },
  messages: readonly QueuedMessage[],
  work: BatchWork,
  signals: InvocationSignals,
): Promise<readonly string[]> => {
  const hideMs = leaseMs + HIDDEN_BEYOND_LEASE_MS
  const held = holdMessages({ receipts, clock }, messages.map(handleOf), hideMs)
  const received = messages.map((one) => ({ ...one, message: parseQueueMessage(one.body) }))

  const workOne = async ({ messageId, message, receiveCount }: Received): Promise<Outcome> => {
    if (message === undefined) {
      log.warn('unknown-message', { messageId })
      return { done: false, retryAfterMs: 0 }
    }
    try {
      return await workOn(log, work, message, signals)
    } catch (error) {
      const retryAfterMs = Math.min(hideMs, FIRST_WAIT_MS * 2 ** (receiveCount - 1))
      logFailure(log, message, error)
      return { done: false, retryAfterMs }
    }
  }
  /** What comes again from this one of its group on; `undefined` where the next one's turn has come. */
  const comesAgain = async (
    group: readonly Received[],
    at: number,
    one: Received,
  ): Promise<readonly Received[] | undefined> => {
    // The first has all of the time; whatever comes behind it must still have enough.
    const tooLate = at === 0 ? signals.handOver : signals.startBy
    const outcome = tooLate.aborted ? notBegun : await workOne(one)
    if (outcome.done) {
      await held.remove(one.receiptHandle)
      return undefined
    }
    const behind = group.slice(at + 1)
    await held.giveBack(behind.map(handleOf), 0)
    await held.giveBack([one.receiptHandle], outcome.retryAfterMs)
    return [one, ...behind]
  }
  const workGroup = async (group: readonly Received[]): Promise<readonly string[]> => {
    for (const [at, one] of group.entries()) {
      const again = await comesAgain(group, at, one)
      if (again !== undefined) return again.map(({ messageId }) => messageId)
    }
    return []
  }

  const left = await Promise.all(groupsOf(received).map(workGroup))
  await held.stop()
  return left.flat()
}

const notBegun: Outcome = { done: false, retryAfterMs: 0 }

const failedEvents = { continuation: 'not-continued', turn: 'turn-failed' } as const

/** Notes that a try of a message rejected. */
export const logFailure = (log: Log, message: QueueMessage, error: unknown): void =>
  log.warn(failedEvents[message.kind], { ...named(message), error: String(error) })

const named = (message: QueueMessage): { readonly replyId: ReplyId } => ({
  replyId: message.kind === 'turn' ? message.turn.replyId : message.replyId,
})

/** Does what a message asks for, and logs it. Rejects with what the work rejects with. */
export const workOn = async (
  log: Log,
  work: BatchWork,
  message: QueueMessage,
  signals: InvocationSignals,
): Promise<Outcome> => {
  switch (message.kind) {
    case 'continuation': {
      const receipt = await work.continueReply(message.replyId, signals)
      log.info('continued', { replyId: message.replyId, how: receipt?.how ?? 'held' })
      return { done: true }
    }
    case 'turn': {
      const outcome = await work.answer(message.turn, signals)
      if (!outcome.done) log.info('turn-comes-again', { ...named(message), ...outcome })
      return outcome
    }
  }
}

const handleOf = ({ receiptHandle }: QueuedMessage): ReceiptHandle => receiptHandle

const groupsOf = (messages: readonly Received[]): readonly (readonly Received[])[] => {
  const groups = new Map<string, Received[]>()
  for (const one of messages) {
    // An unreadable message does not hold up the ones behind it.
    const name = one.message === undefined ? one.messageId : one.group
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return [...groups.values()]
}
