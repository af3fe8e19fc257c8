import type { Context } from 'aws-lambda'
import { dynamoHistory } from '../adapters/dynamo/history.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { replySources } from '../adapters/sources/index.ts'
import { sqsQueueReceipts } from '../adapters/sqs/sqs-queue-receipts.ts'
import type { WorkerConfig } from '../config.ts'
import type { Log, QueueReceipts } from '../ports.ts'
import { takeUpReply } from '../reply/resume.ts'
import type { TurnDeps } from '../use-cases/answer-turn.ts'
import { runTurn } from '../use-cases/run-turn.ts'
import { type BatchWork, type QueuedMessage, workBatch } from '../worker/batch.ts'
import { workTicketed } from '../worker/ticketed.ts'
import { composeAws } from './aws.ts'
import { composeScf } from './scf.ts'
import { unusableSecret } from './secrets.ts'
import { composeWriter, type Writer } from './writer.ts'

/** Works on one batch of the queue; answers with the ids of the messages that must come again. */
type WorkBatch = (
  messages: readonly QueuedMessage[],
  context: Context,
) => Promise<readonly string[]>

type SourceName = keyof typeof replySources

/** The names of the sources, as `REPLY_SOURCE` gives them. */
export const sourceNames = Object.keys(replySources) as readonly SourceName[]

/** Works on the message that the worker was invoked with, where there is no queue. Rejects where it must come again. */
type WorkTicketed = (event: unknown, context: Context) => Promise<void>

/** The worker, made once for each sandbox. */
export const composeWorker = (
  config: WorkerConfig<SourceName>,
): { readonly workBatch: WorkBatch; readonly workTicketed: WorkTicketed } => {
  const writer = composeWriter(config)
  const { deps, settings, signer, within } = writer
  const { clock, log, random } = deps
  const { lock, invoke } = composeScf(config, writer.table)
  const turnDeps = composeTurns(config, writer)
  const turnSettings = { ...settings, sourceTimeoutMs: config.SOURCE_TIMEOUT_MS }
  const receipts = composeReceipts(config, log)
  const work: BatchWork = {
    continueReply: (replyId, signals) => takeUpReply(deps, settings, replyId, signals),
    answer: async (turn, signals) => {
      // With a key that cannot be read every call would fail, after the source had been asked for nothing.
      await signer.sign().catch(unusableSecret)
      return runTurn(turnDeps, turnSettings, turn, signals)
    },
  }
  const ticketedDeps = { lock, clock, random, log, comeAgain: invoke }
  return {
    workBatch: (messages, context) =>
      within(context, (signals) =>
        workBatch({ clock, log, receipts }, settings, messages, work, signals),
      ),
    workTicketed: (event, context) =>
      within(context, (signals) => workTicketed(ticketedDeps, settings, event, work, signals)),
  }
}

const composeTurns = (
  config: WorkerConfig<SourceName>,
  { deps, readSecret, table }: Writer,
): TurnDeps => {
  const { REPLY_SOURCE: name, HISTORY_TURNS: maxTurns } = config
  const { clock, random } = deps
  // What it signs carries the time of day.
  const source = replySources[name]({ settings: config, clock: systemClock, random, readSecret })
  if (source.wantsHistory !== true || maxTurns === 0) return { ...deps, source }
  const history = dynamoHistory({ call: table.client(), table: table.name, clock, maxTurns })
  return { ...deps, source, history }
}

/** A heartbeat that takes too long is better left to the next one. */
const RECEIPT_LIMITS = { timeoutMs: 2_000, tries: 2 }

const composeReceipts = (config: WorkerConfig, log: Log): QueueReceipts => {
  const { REPLIES_QUEUE_URL: queueUrl = '' } = config
  return sqsQueueReceipts({ call: composeAws(config, 'sqs', RECEIPT_LIMITS), queueUrl, log })
}
