import type { Context } from 'aws-lambda'
import { dynamoReplyStore } from '../adapters/dynamo/reply-store/index.ts'
import { dynamoSlotStore } from '../adapters/dynamo/slot-store.ts'
import { emfMetrics } from '../adapters/runtime/emf-metrics.ts'
import { invocationSignals, type TimedSignals } from '../adapters/runtime/invocation-signals.ts'
import { structuredLog } from '../adapters/runtime/structured-log.ts'
import { systemClock } from '../adapters/runtime/system-clock.ts'
import { sqsWorkerQueue } from '../adapters/sqs/sqs-worker-queue.ts'
import { tencentChatApi } from '../adapters/tencent/tencent-chat-api.ts'
import { tencentEndpoints } from '../adapters/tencent/tencent-endpoints.ts'
import { tencentHttp } from '../adapters/tencent/tencent-http.ts'
import { type UserSigner, userSigner } from '../adapters/tencent/user-sig.ts'
import type { Config } from '../config.ts'
import { warmGraphemes } from '../core/text/graphemes.ts'
import type { ChatApi, Log, RateLimit, ReplyQueue, RobotApi } from '../ports.ts'
import { rateLimit } from '../rate-limit/index.ts'
import type { WriterDeps, WriterSettings } from '../reply/session.ts'
import { composeAws } from './aws.ts'
import { composeScf } from './scf.ts'
import { composeSecrets, type ReadSecret } from './secrets.ts'

const clock = systemClock
const random = Math.random

/** The service as the configured application sees it, and its signer. */
export const composeChat = (
  config: Config,
  readSecret: ReadSecret,
): { readonly chatApi: ChatApi & RobotApi; readonly signer: UserSigner } => {
  const { CHAT_SDK_APP_ID: sdkAppId, CHAT_ADMIN: admin } = config
  const readSecretKey = async (fresh: boolean) => (await readSecret('CHAT_SECRET_KEY', fresh)) ?? ''
  const signer = userSigner({ sdkAppId, admin, readSecretKey, clock })
  const baseUrl = config.CHAT_ENDPOINT ?? tencentEndpoints[config.CHAT_REGION]
  const transport = tencentHttp({ baseUrl, sdkAppId, admin, signer, random })
  return { chatApi: tencentChatApi(transport, { forgetSignature: signer.forget, clock }), signer }
}

/** What every function that writes replies needs; made once for each sandbox. */
export interface Writer {
  readonly deps: WriterDeps
  readonly settings: WriterSettings
  readonly signer: UserSigner
  readonly readSecret: ReadSecret
  /** Runs work with the signals of an invocation. */
  readonly within: <T>(
    context: Context,
    work: (signals: Omit<TimedSignals, 'clear'>) => Promise<T>,
  ) => Promise<T>
}

export const composeWriter = (
  config: Config,
  log: Log = structuredLog(config.POWERTOOLS_SERVICE_NAME),
): Writer => {
  // Once the function has started, while it waits for its first event or for the answer to its first request.
  setImmediate(warmGraphemes)
  const readSecret = composeSecrets(config)
  const { chatApi, signer } = composeChat(config, readSecret)
  const call = composeAws(config, 'dynamodb')
  const store = dynamoReplyStore({ call, table: config.REPLIES_TABLE, clock, random })
  const queue = composeQueue(config)
  const rateLimit = composeRateLimit(config, log)
  return {
    deps: {
      chatApi,
      store,
      clock,
      random,
      log,
      metrics: emfMetrics(config.POWERTOOLS_SERVICE_NAME),
      rateLimit,
      ...(queue === undefined ? {} : { queue }),
      ...(config.LOG_TEXT ? { traceChunk: (chunk) => log.info('chunk', { ...chunk }) } : {}),
    },
    settings: writerSettings(config),
    signer,
    readSecret,
    within: (context, work) => {
      const { clear, ...signals } = invocationSignals(context, config.HAND_OVER_MS)
      return work(signals).finally(clear)
    },
  }
}

/** Asking for a slot must never take as long as going without one would. */
const SLOT_BOOK_LIMITS = { timeoutMs: 500, tries: 2 }

const composeRateLimit = (config: Config, log: Log): RateLimit => {
  const { REPLIES_TABLE: table, CALLS_PER_SECOND: callsPerSecond } = config
  const call = composeAws(config, 'dynamodb', SLOT_BOOK_LIMITS)
  const store = dynamoSlotStore({ call, table })
  return rateLimit({ store, clock, random: Math.random, callsPerSecond, log })
}

const composeQueue = (config: Config): ReplyQueue | undefined => {
  const { REPLIES_QUEUE_URL: queueUrl, WORKER_FUNCTION: workerFunction } = config
  if (queueUrl !== undefined) return sqsWorkerQueue(composeAws(config, 'sqs'), queueUrl)
  return workerFunction === undefined ? undefined : composeScf(config).queue
}

/** How replies are written, from the environment. */
const writerSettings = (config: Config): WriterSettings => ({
  minGapMs: config.MIN_GAP_MS,
  messageBytes: config.MESSAGE_BYTES,
  leaseMs: config.LEASE_MS,
  inDoubt: config.IN_DOUBT,
  notices: {
    empty: config.NOTICE_EMPTY,
    failed: config.NOTICE_FAILED,
    interrupted: config.NOTICE_INTERRUPTED,
  },
})
