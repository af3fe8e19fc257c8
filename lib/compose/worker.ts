import type { Context } from 'aws-lambda'
import { sqsQueueReceipts } from '../adapters/sqs/sqs-queue-receipts.ts'
import type { BotConfig, WorkerConfig } from '../config.ts'
import type { Log, QueueReceipts } from '../ports.ts'
import { continueTurn } from '../use-cases/run-turn.ts'
import { type BatchWork, type QueuedMessage, workBatch } from '../worker/batch.ts'
import { workTicketed } from '../worker/ticketed.ts'
import { composeAws } from './aws.ts'
import { composeBots, type SourceName } from './bot.ts'
import { composeScf } from './scf.ts'
import { unusableSecret } from './secrets.ts'
import { composeWriter } from './writer.ts'

/** Works on one batch of the queue; answers with the ids of the messages that must come again. */
type WorkBatch = (
  messages: readonly QueuedMessage[],
  context: Context,
) => Promise<readonly string[]>

/** Works on the message that the worker was invoked with, where there is no queue. Rejects where it must come again. */
type WorkTicketed = (event: unknown, context: Context) => Promise<void>

/** The worker, made once for each sandbox. */
export const composeWorker = (
  config: WorkerConfig<SourceName>,
  named: ReadonlyMap<string, BotConfig<SourceName>>,
): { readonly workBatch: WorkBatch; readonly workTicketed: WorkTicketed } => {
  const writer = composeWriter(config)
  const { deps, settings, signer, within } = writer
  const { clock, log, random } = deps
  const { lock, invoke } = composeScf(config, writer.table)
  const bots = composeBots(config, named, writer)
  const receipts = composeReceipts(config, log)
  const work: BatchWork = {
    continueReply: (replyId, signals) =>
      continueTurn(deps, settings, { replyId, botOf: bots.of }, signals),
    answer: async (turn, signals) => {
      // With a key that cannot be read every call would fail, after the source had been asked for nothing.
      await signer.sign().catch(unusableSecret)
      return bots.answer(turn, signals)
    },
  }
  const ticketedDeps = { lock, clock, random, log, invoke }
  return {
    workBatch: (messages, context) =>
      within(context, (signals) =>
        workBatch({ clock, log, receipts }, settings, messages, work, signals),
      ),
    workTicketed: (event, context) =>
      within(context, (signals) => workTicketed(ticketedDeps, settings, event, work, signals)),
  }
}

/** A heartbeat that takes too long is better left to the next one. */
const RECEIPT_LIMITS = { timeoutMs: 2_000, tries: 2 }

const composeReceipts = (config: WorkerConfig, log: Log): QueueReceipts => {
  const { REPLIES_QUEUE_URL: queueUrl = '' } = config
  return sqsQueueReceipts({ call: composeAws(config, 'sqs', RECEIPT_LIMITS), queueUrl, log })
}
